/** Orders as a table: when, who, what is asked for, and what became of it. */
import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AuditAnswer } from '../lib/types.ts';
import { OrderAnswer } from './answer.tsx';
import { TimeAgo } from './time-ago.tsx';

/** An order. */
export type AuditEntry = AuditAnswer['entries'][number];

/** A column between who and what became of it. */
export interface OrdersColumn {
  readonly title: string;
  readonly cell: (entry: AuditEntry) => ReactNode;
}

interface Props {
  readonly entries: readonly AuditEntry[];
  readonly columns: readonly OrdersColumn[];
  /** Narrower than this it scrolls, pixels. */
  readonly minWidth: number;
}

/** The table. */
export function OrdersTable({ entries, columns, minWidth }: Props) {
  return (
    <Table.ScrollContainer minWidth={minWidth}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>Who</Table.Th>
            {columns.map(({ title }) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
            <Table.Th>Result</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.requestId}>
              <Table.Td>
                <TimeAgo at={entry.at} />
              </Table.Td>
              <Table.Td>{entry.by}</Table.Td>
              {columns.map(({ title, cell }) => (
                <Table.Td key={title}>{cell(entry)}</Table.Td>
              ))}
              <Table.Td>
                <OrderAnswer answer={entry.answer} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
