/** Who ordered what, and what became of it. */
import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useTenantId, useTenantPages } from '../lib/queries.ts';
import type { AuditAnswer } from '../lib/types.ts';
import { asWords, fieldWord, sideWord } from '../lib/words.ts';
import { Loaded, Nothing, PageTitle } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { type AuditEntry, type OrdersColumn, OrdersTable } from '../parts/orders-table.tsx';
import { settingsText } from './settings-history.tsx';

const COLUMNS: readonly OrdersColumn[] = [
  { title: 'What', cell: (entry) => asWords(entry.kind) },
  { title: 'About', cell: (entry) => <About entry={entry} /> },
];

/** The page. */
export function Audit() {
  const list = useTenantPages<AuditAnswer>('/audit');
  return (
    <>
      <PageTitle>Audit</PageTitle>
      <Loaded query={list}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.entries);
          if (entries.length === 0) return <Nothing title="Nobody ordered anything yet" />;
          return (
            <>
              <OrdersTable entries={entries} columns={COLUMNS} minWidth={720} />
              <More list={list} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** The settings, the side or the record that an order is about. */
function About({ entry }: { readonly entry: AuditEntry }) {
  const tenant = useTenantId();
  const { settings, seenVersion, entity, recordId, side, field, reason } = entry;
  if (settings !== null) {
    return (
      <Text size="sm" component="span">
        {settingsText(settings)}
        {seenVersion === null ? '' : ` (saw version ${seenVersion})`}
      </Text>
    );
  }
  if (recordId === null || entity === null)
    return <Text size="sm">{[aboutAll(entity, side), reason ?? ''].filter(Boolean).join(': ')}</Text>;
  const id = `${side === 'unleashed' ? 'u' : 'c'}:${recordId}`;
  return (
    <Anchor component={Link} href={`/t/${tenant}/records/${entity}/${encodeURIComponent(id)}`} size="sm">
      {asWords(entity)} {recordId.slice(0, 13)}
      {field === null ? '' : `, ${fieldWord(field).toLowerCase()}`}
    </Anchor>
  );
}

/** A side, or a kind of record, as a whole. */
function aboutAll(entity: string | null, side: string | null): string {
  if (side !== null) return sideWord(side);
  if (entity === null) return '';
  return entity === 'company' ? 'Companies' : 'Contacts';
}
