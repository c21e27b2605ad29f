/** Companies and contacts: how each stands, found by name, code, e-mail address, state and reason. */
import { Anchor, Checkbox, Group, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useTenantId, useTenantPages, useTenantQuery } from '../lib/queries.ts';
import type { OverviewAnswer, RecordsAnswer } from '../lib/types.ts';
import { STATE_WORDS } from '../lib/words.ts';
import { Loaded, Nothing, PageTitle } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { RecordBulk } from '../parts/record-bulk.tsx';
import { Reason, StateBadge } from '../parts/standing.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';

const ENTITIES = [
  { value: '', label: 'Companies and contacts' },
  { value: 'company', label: 'Companies' },
  { value: 'contact', label: 'Contacts' },
];
const STATES = [
  { value: '', label: 'Any state' },
  ...Object.entries(STATE_WORDS).map(([value, { word }]) => ({ value, label: word })),
];

/** The page. Filters are in its address, so that a list can be passed on. */
export function Records() {
  const [params, setParams] = useSearchParams();
  const [typed, setTyped] = useState(params.get('search') ?? '');
  const set = (name: string, value: string): void =>
    setParams(
      (before) => {
        if (value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  const search = useDebouncedCallback((value: string) => set('search', value), 250);
  const filters = new URLSearchParams();
  for (const name of ['entity', 'state', 'reason', 'search']) {
    const value = params.get(name) ?? '';
    if (value !== '') filters.set(name, value);
  }
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const list = useTenantPages<RecordsAnswer>(filters.size === 0 ? '/records' : `/records?${filters}`);
  return (
    <>
      <PageTitle>Records</PageTitle>
      <Group mb="md" align="flex-end" gap="sm">
        <TextInput
          type="search"
          label="Search"
          placeholder="Name, code or e-mail address"
          value={typed}
          maxLength={200}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            search(event.currentTarget.value);
          }}
          style={{ flex: '1 1 240px' }}
        />
        <NativeSelect
          label="Kind"
          data={ENTITIES}
          value={params.get('entity') ?? ''}
          onChange={(event) => set('entity', event.currentTarget.value)}
        />
        <NativeSelect
          label="State"
          data={STATES}
          value={params.get('state') ?? ''}
          onChange={(event) => set('state', event.currentTarget.value)}
        />
        <ReasonFilter value={params.get('reason') ?? ''} onChange={(value) => set('reason', value)} />
      </Group>
      <Loaded query={list}>
        {({ pages }) => {
          const records = pages.flatMap((page) => page.records);
          const total = pages[0]?.total ?? null;
          return (
            <Stack gap="sm">
              <Text size="sm" c="dimmed" aria-live="polite">
                {total === null ? `${records.length} found${list.hasNextPage ? ' so far' : ''}` : `${total} records`}
              </Text>
              {records.length === 0 ? (
                <Nothing title="No record fits">
                  {filters.size === 0
                    ? 'Records appear here once they were read.'
                    : 'Change the search or the filters.'}
                </Nothing>
              ) : (
                <>
                  <RecordBulk
                    chosen={records.filter((one) => chosen.has(keyOf(one))).map(({ entity, id }) => ({ entity, id }))}
                    filter={Object.fromEntries(filters)}
                    found={total === null ? 'all that are found' : `all ${total}`}
                  />
                  <RecordTable records={records} chosen={chosen} onChoose={setChosen} />
                </>
              )}
              <More list={list} />
            </Stack>
          );
        }}
      </Loaded>
    </>
  );
}

/** Reasons that occur now, with how often. */
function ReasonFilter({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const { data } = useTenantQuery<OverviewAnswer>('/overview');
  const counts = new Map<string, { sentence: string; count: number }>();
  for (const { reason, sentence, count } of data?.reasons ?? []) {
    counts.set(reason, { sentence, count: count + (counts.get(reason)?.count ?? 0) });
  }
  if (value !== '' && !counts.has(value)) counts.set(value, { sentence: value, count: 0 });
  const options = [...counts].map(([reason, { sentence, count }]) => ({
    value: reason,
    label: `${sentence.slice(0, 60)} (${count})`,
  }));
  return (
    <NativeSelect
      label="Reason"
      data={[{ value: '', label: 'Any reason' }, ...options]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maw={300}
    />
  );
}

type Row = RecordsAnswer['records'][number];
const keyOf = ({ entity, id }: Row): string => `${entity} ${id}`;

interface TableProps {
  readonly records: readonly Row[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

function RecordTable({ records, chosen, onChoose }: TableProps) {
  const tenant = useTenantId();
  const toggle = (record: Row): void => {
    const next = new Set(chosen);
    if (!next.delete(keyOf(record))) next.add(keyOf(record));
    onChoose(next);
  };
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table highlightOnHover layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={40} aria-label="Chosen" />
            <Table.Th w="30%">Name</Table.Th>
            <Table.Th w={110}>Kind</Table.Th>
            <Table.Th w={150}>State</Table.Th>
            <Table.Th>Reason</Table.Th>
            <Table.Th w={130}>Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {records.map((record) => (
            <Table.Tr key={keyOf(record)}>
              <Table.Td>
                <Checkbox
                  aria-label={`Choose ${record.name || record.id}`}
                  checked={chosen.has(keyOf(record))}
                  onChange={() => toggle(record)}
                />
              </Table.Td>
              <Table.Td>
                <Anchor
                  component={Link}
                  href={`/t/${tenant}/records/${record.entity}/${encodeURIComponent(record.id)}`}
                  fw={600}
                  size="sm"
                  style={{ overflowWrap: 'anywhere' }}
                >
                  {record.name || '(no name)'}
                </Anchor>
                <Text size="xs" c="dimmed" truncate>
                  {[record.code, record.email].filter(Boolean).join(' · ') || ' '}
                </Text>
              </Table.Td>
              <Table.Td>{record.entity === 'company' ? 'Company' : 'Contact'}</Table.Td>
              <Table.Td>
                <StateBadge state={record.state} />
              </Table.Td>
              <Table.Td>
                <Reason sentence={record.sentence} action={record.action} />
                {record.stoppedFields > 0 ? (
                  <Text size="xs" c="red">
                    {record.stoppedFields === 1 ? 'One field needs' : `${record.stoppedFields} fields need`} a
                    correction
                  </Text>
                ) : null}
              </Table.Td>
              <Table.Td>
                <TimeAgo at={record.since ?? record.changedAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
