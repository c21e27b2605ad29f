/** Who changed which setting when. */
import { Table } from '@mantine/core';
import { useTenantPages } from '../lib/queries.ts';
import type { AuditAnswer } from '../lib/types.ts';
import { OrderAnswer } from '../parts/answer.tsx';
import { Loaded, Nothing } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';

/** Changes of settings among all orders, youngest first. */
export function SettingsHistory() {
  const list = useTenantPages<AuditAnswer>('/audit?limit=200');
  return (
    <Loaded query={list}>
      {({ pages }) => {
        const changes = pages.flatMap(({ entries }) => entries).filter(({ settings }) => settings !== null);
        return (
          <>
            {changes.length === 0 ? (
              <Nothing title="No change yet">Who changes a setting is named here.</Nothing>
            ) : (
              <Table.ScrollContainer minWidth={560}>
                <Table>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>When</Table.Th>
                      <Table.Th>Who</Table.Th>
                      <Table.Th>What</Table.Th>
                      <Table.Th>Result</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {changes.map((entry) => (
                      <Table.Tr key={entry.requestId}>
                        <Table.Td>
                          <TimeAgo at={entry.at} />
                        </Table.Td>
                        <Table.Td>{entry.by}</Table.Td>
                        <Table.Td>{settingsText(entry.settings ?? {})}</Table.Td>
                        <Table.Td>
                          <OrderAnswer answer={entry.answer} />
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )}
            <More list={list} />
          </>
        );
      }}
    </Loaded>
  );
}

/** Settings of an order in one line. */
export function settingsText(settings: Readonly<Record<string, string>>): string {
  const word = (value: string): string => (value === 'true' ? 'on' : value === 'false' ? 'off' : value);
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${word(value)}`)
    .join(', ');
}
