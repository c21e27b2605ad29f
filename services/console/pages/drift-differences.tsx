/** The differences that a check found: both values, the history of the field, and the repair. */
import { Anchor, Badge, Button, Card, Checkbox, Group, Stack, Table, Text, Title, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useMakePlan } from '../lib/plans.ts';
import { useTenantId, useTenantPages } from '../lib/queries.ts';
import type { DriftAnswer, DriftDifferencesAnswer } from '../lib/types.ts';
import { asWords, fieldWord, sideWord } from '../lib/words.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Trouble } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { Value } from '../parts/value.tsx';

type Difference = DriftDifferencesAnswer['differences'][number];

/** What each kind means, and what its repair does. */
const KINDS: Readonly<Record<string, { means: string; repair: string }>> = {
  'edit-missed': {
    means: 'It was edited there, and no read of the sync brought it.',
    repair: 'The sync reads the record now and merges it as ever.',
  },
  'not-as-known': {
    means: 'It shows another value, although nothing says that anybody edited it.',
    repair: 'The sync reads the record now and merges it as ever.',
  },
  'record-unknown': {
    means: 'It is there, and the sync never read it.',
    repair: 'The record is read and taken in like any new one.',
  },
  'record-gone': {
    means: 'It is linked, and no longer there.',
    repair: 'The sync looks for it and lets it take part no longer. The other side stays.',
  },
  'contact-twice': {
    means: 'Two contacts of the CRM carry the mark of one creation.',
    repair: 'Merge them in the CRM; which is to stay, only you know.',
  },
};

const isRepairable = (one: Difference): boolean => one.repair !== 'none' && one.standing === 'open';

/** The list, with repairs for one, some or all. */
export function DriftDifferences({
  check: { checkId, differences: count },
}: {
  readonly check: DriftAnswer['checks'][number];
}) {
  const list = useTenantPages<DriftDifferencesAnswer>(`/drift/${encodeURIComponent(checkId)}/differences`);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const make = useMakePlan();
  const plan = (numbers?: readonly number[]): void =>
    make.mutate({ kind: 'repair-drift', checkId, ...(numbers === undefined ? {} : { numbers }) });
  return (
    <Card withBorder padding="md" component="section" aria-label="Differences">
      <Title order={2} size="h4" mb="sm">
        Differences
      </Title>
      <Loaded query={list}>
        {({ pages }) => {
          const differences = pages.flatMap((page) => page.differences);
          const open = differences.filter(isRepairable);
          const picked = open.filter(({ number }) => chosen.has(number));
          return (
            <Stack gap="sm">
              <Allowed actions={['repair-drift']}>
                <Group>
                  <Button
                    variant="default"
                    disabled={picked.length === 0}
                    loading={make.isPending}
                    onClick={() => plan(picked.map(({ number }) => number))}
                  >
                    Plan the repair of {picked.length === 0 ? 'chosen' : picked.length}
                  </Button>
                  <Button disabled={open.length === 0} loading={make.isPending} onClick={() => plan()}>
                    Plan the repair of all {count}
                  </Button>
                  <Text size="sm" c="dimmed">
                    {forecastOf(picked.length > 0 ? picked : open)}
                  </Text>
                </Group>
              </Allowed>
              {make.error === null ? null : <Trouble error={make.error} />}
              <DifferenceTable
                differences={differences}
                chosen={chosen}
                onChoose={setChosen}
                onRepair={(one) => plan([one.number])}
                busy={make.isPending}
              />
              <More list={list} />
            </Stack>
          );
        }}
      </Loaded>
    </Card>
  );
}

/** A look at a record overwrites nothing; a write may follow where the merge finds one. */
function forecastOf(wanted: readonly Difference[]): string {
  const calls = wanted.reduce((sum, { repairCalls }) => sum + repairCalls, 0);
  return wanted.length === 0
    ? 'Nothing here can be ordered.'
    : `At most ${calls} calls for ${wanted.length}, writes that follow included.`;
}

function DifferenceTable({
  differences,
  chosen,
  onChoose,
  onRepair,
  busy,
}: {
  readonly differences: readonly Difference[];
  readonly chosen: ReadonlySet<number>;
  readonly onChoose: (chosen: ReadonlySet<number>) => void;
  readonly onRepair: (one: Difference) => void;
  readonly busy: boolean;
}) {
  const toggle = (number: number): void => {
    const next = new Set(chosen);
    if (!next.delete(number)) next.add(number);
    onChoose(next);
  };
  return (
    <Table.ScrollContainer minWidth={960}>
      <Table layout="fixed" verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={44}>
              <VisuallyHidden component="span">Choose</VisuallyHidden>
            </Table.Th>
            <Table.Th>Record</Table.Th>
            <Table.Th w={130}>Field</Table.Th>
            <Table.Th>There</Table.Th>
            <Table.Th>Known to the sync</Table.Th>
            <Table.Th w={300}>What it is, and its history</Table.Th>
            <Table.Th w={120}>
              <VisuallyHidden component="span">Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differences.map((one) => {
            const what = one.field === 'record' ? 'record' : fieldWord(one.field).toLowerCase();
            const label = `${what} of ${one.name || one.recordId}`;
            return (
              <Table.Tr key={one.number} data-difference={one.number}>
                <Table.Td>
                  <Checkbox
                    aria-label={`Choose ${label}`}
                    checked={chosen.has(one.number)}
                    disabled={!isRepairable(one)}
                    onChange={() => toggle(one.number)}
                  />
                </Table.Td>
                <Table.Td>
                  <RecordLink one={one} />
                  <Text size="xs">
                    {one.entity === 'company' ? 'Company' : 'Contact'} in{' '}
                    {one.side === 'crm' ? 'the CRM' : sideWord(one.side)}
                  </Text>
                </Table.Td>
                <Table.Td>{one.field === 'record' ? 'The record' : fieldWord(one.field)}</Table.Td>
                <Table.Td>
                  <Value text={one.shown} />
                </Table.Td>
                <Table.Td>
                  <Value text={one.known} />
                </Table.Td>
                <Table.Td>
                  <Explained one={one} />
                </Table.Td>
                <Table.Td>
                  <Repair one={one} label={label} busy={busy} onRepair={onRepair} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function RecordLink({ one: { kind, standing, entity, id, name, recordId } }: { readonly one: Difference }) {
  const tenant = useTenantId();
  const text = name || recordId;
  if (kind === 'record-unknown' && standing === 'open') return <Text size="sm">{text}</Text>;
  return (
    <Anchor component={Link} href={`/t/${tenant}/records/${entity}/${encodeURIComponent(id)}`} size="sm">
      {text}
    </Anchor>
  );
}

function Explained({ one: { kind, confirmedAt, knownReadAt, history } }: { readonly one: Difference }) {
  return (
    <Stack gap={2}>
      <Text size="sm">{KINDS[kind]?.means ?? asWords(kind)}</Text>
      <Text size="xs">
        Confirmed <TimeAgo at={confirmedAt} />
        {knownReadAt === null ? '' : '; last taken in '}
        {knownReadAt === null ? null : <TimeAgo at={knownReadAt} />}
      </Text>
      {history.map((entry) => (
        <Text size="xs" key={`${entry.source.topic}/${entry.source.partition}/${entry.source.offset}`}>
          <TimeAgo at={entry.at} />: {asWords(entry.what)}. {entry.sentence}
        </Text>
      ))}
    </Stack>
  );
}

function Repair({
  one,
  label,
  busy,
  onRepair,
}: {
  readonly one: Difference;
  readonly label: string;
  readonly busy: boolean;
  readonly onRepair: (one: Difference) => void;
}) {
  if (one.standing === 'taken-in') {
    return (
      <Badge variant="light" tt="none" color="teal">
        Taken in
      </Badge>
    );
  }
  if (one.repair === 'none') return <Text size="sm">{KINDS[one.kind]?.repair ?? ''}</Text>;
  return (
    <Allowed actions={['repair-drift']}>
      <Button
        size="compact-xs"
        variant="light"
        disabled={busy}
        aria-label={`Plan the repair: ${label}`}
        title={KINDS[one.kind]?.repair}
        onClick={() => onRepair(one)}
      >
        Plan
      </Button>
    </Allowed>
  );
}
