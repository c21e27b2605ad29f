/** Who ordered what, and what became of it. */
import { Anchor, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useTenantId, useTenantPages } from '../lib/queries.ts';
import type { AuditAnswer } from '../lib/types.ts';
import { asWords, fieldWord, sideWord } from '../lib/words.ts';
import { OrderAnswer } from '../parts/answer.tsx';
import { Loaded, Nothing, PageTitle } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { settingsText } from './settings-history.tsx';

type AuditEntry = AuditAnswer['entries'][number];

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
              <Table.ScrollContainer minWidth={720}>
                <Table>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>When</Table.Th>
                      <Table.Th>Who</Table.Th>
                      <Table.Th>What</Table.Th>
                      <Table.Th>About</Table.Th>
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
                        <Table.Td>{asWords(entry.kind)}</Table.Td>
                        <Table.Td>
                          <About entry={entry} />
                        </Table.Td>
                        <Table.Td>
                          <OrderAnswer answer={entry.answer} />
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
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
  const { settings, seenVersion, entity, recordId, side, field } = entry;
  if (settings !== null) {
    return (
      <Text size="sm" component="span">
        {settingsText(settings)}
        {seenVersion === null ? '' : ` (saw version ${seenVersion})`}
      </Text>
    );
  }
  if (recordId === null || entity === null) return <Text size="sm">{side === null ? '' : sideWord(side)}</Text>;
  const id = `${side === 'unleashed' ? 'u' : 'c'}:${recordId}`;
  return (
    <Anchor component={Link} href={`/t/${tenant}/records/${entity}/${encodeURIComponent(id)}`} size="sm">
      {asWords(entity)} {recordId.slice(0, 13)}
      {field === null ? '' : `, ${fieldWord(field).toLowerCase()}`}
    </Anchor>
  );
}
