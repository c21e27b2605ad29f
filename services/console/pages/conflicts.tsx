/** Fields that both sides changed: open questions, and what was settled, with the value that lost. */
import { Anchor, Button, Checkbox, Group, SegmentedControl, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useBulk } from '../lib/bulk.ts';
import { useMakePlan } from '../lib/plans.ts';
import { useTenantId, useTenantPages } from '../lib/queries.ts';
import { conflictOrder, loserOf } from '../lib/restore.ts';
import type { ConflictsAnswer } from '../lib/types.ts';
import { fieldWord, policyWord, sideWord } from '../lib/words.ts';
import { Allowed } from '../parts/allowed.tsx';
import { BulkBar } from '../parts/bulk-progress.tsx';
import { Loaded, Nothing, PageTitle, Trouble } from '../parts/feedback.tsx';
import { Held } from '../parts/held.tsx';
import { More } from '../parts/more.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';

type Conflict = ConflictsAnswer['conflicts'][number];
interface Choice {
  readonly conflict: Conflict;
  readonly side: 'crm' | 'unleashed';
}

const SHOWN = [
  { value: '', label: 'All' },
  { value: 'true', label: 'Open' },
  { value: 'false', label: 'Settled' },
];

/** The page. */
export function Conflicts() {
  const tenant = useTenantId();
  const [params, setParams] = useSearchParams();
  const open = params.get('open') ?? '';
  const list = useTenantPages<ConflictsAnswer>(open === '' ? '/conflicts' : `/conflicts?open=${open}`);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const bulk = useBulk<Choice>(({ conflict, side }) => conflictOrder(tenant, conflict, side));
  const make = useMakePlan();
  const give = (choices: readonly Choice[]): void => bulk.run(choices, { onSuccess: () => setChosen(new Set()) });
  return (
    <>
      <PageTitle>Conflicts</PageTitle>
      <SegmentedControl
        aria-label="Which conflicts"
        data={SHOWN}
        value={open}
        onChange={(value) => setParams(value === '' ? {} : { open: value }, { replace: true })}
        mb="md"
      />
      <Loaded query={list}>
        {({ pages }) => {
          const conflicts = pages.flatMap((page) => page.conflicts);
          const picked = conflicts.filter((one) => !one.open && chosen.has(one.conflictId));
          if (conflicts.length === 0) {
            return (
              <Nothing title={open === 'true' ? 'No open question' : 'No conflict'}>
                Fields that were changed on both sides at once appear here, with the value that lost.
              </Nothing>
            );
          }
          return (
            <Stack gap="sm">
              <Allowed actions={['restore']}>
                <Group>
                  <Button
                    variant="default"
                    disabled={picked.length === 0}
                    loading={make.isPending}
                    onClick={() =>
                      make.mutate({ kind: 'restore', conflictIds: picked.map(({ conflictId }) => conflictId) })
                    }
                  >
                    Plan to restore {picked.length === 0 ? 'chosen' : picked.length}
                  </Button>
                  <Button
                    variant="default"
                    disabled={conflicts.every((one) => one.open)}
                    loading={make.isPending}
                    onClick={() => make.mutate({ kind: 'restore' })}
                  >
                    Plan to restore all
                  </Button>
                  <Text size="sm" c="dimmed">
                    A restored value counts as your edit and is written to the other side.
                  </Text>
                </Group>
              </Allowed>
              {make.error === null ? null : <Trouble error={make.error} />}
              <BulkBar progress={bulk.progress} />
              <ConflictTable
                conflicts={conflicts}
                chosen={chosen}
                onChoose={setChosen}
                onGive={give}
                busy={bulk.isRunning}
              />
              <More list={list} />
            </Stack>
          );
        }}
      </Loaded>
    </>
  );
}

function ConflictTable({
  conflicts,
  chosen,
  onChoose,
  onGive,
  busy,
}: {
  readonly conflicts: readonly Conflict[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
  readonly onGive: (choices: readonly Choice[]) => void;
  readonly busy: boolean;
}) {
  const tenant = useTenantId();
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChoose(next);
  };
  return (
    <Table.ScrollContainer minWidth={900}>
      <Table layout="fixed" verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={44}>
              <span className="mantine-visually-hidden">Choose</span>
            </Table.Th>
            <Table.Th>Record</Table.Th>
            <Table.Th w={130}>Field</Table.Th>
            <Table.Th>CRM</Table.Th>
            <Table.Th>Unleashed</Table.Th>
            <Table.Th w={220}>Settled</Table.Th>
            <Table.Th w={190}>
              <span className="mantine-visually-hidden">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {conflicts.map((conflict) => {
            const { conflictId, entity, id, field, winner } = conflict;
            const name = conflict.name || '(no name)';
            return (
              <Table.Tr key={conflictId}>
                <Table.Td>
                  <Checkbox
                    aria-label={`Choose ${fieldWord(field)} of ${name}`}
                    checked={chosen.has(conflictId)}
                    disabled={conflict.open}
                    onChange={() => toggle(conflictId)}
                  />
                </Table.Td>
                <Table.Td>
                  <Anchor component={Link} href={`/t/${tenant}/records/${entity}/${encodeURIComponent(id)}`} size="sm">
                    {name}
                  </Anchor>
                </Table.Td>
                <Table.Td>{fieldWord(field)}</Table.Td>
                <Table.Td>
                  <Held value={conflict.crmValue} wins={winner === 'crm'} />
                </Table.Td>
                <Table.Td>
                  <Held value={conflict.unleashedValue} wins={winner === 'unleashed'} />
                </Table.Td>
                <Table.Td>
                  <Text size="sm">
                    {conflict.open ? 'Waits for an answer' : policyWord(conflict.policy)}, <TimeAgo at={conflict.at} />
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Allowed actions={['restore']}>
                    <Group gap={6}>
                      {conflict.open || winner === 'none' ? (
                        (['crm', 'unleashed'] as const).map((side) => (
                          <Button
                            key={side}
                            size="compact-xs"
                            variant="light"
                            disabled={!conflict.open || busy}
                            onClick={() => onGive([{ conflict, side }])}
                          >
                            Keep {sideWord(side)}
                          </Button>
                        ))
                      ) : (
                        <Button
                          size="compact-xs"
                          variant="light"
                          disabled={busy}
                          aria-label={`Restore ${fieldWord(field)} of ${name}`}
                          onClick={() => onGive([{ conflict, side: loserOf(conflict) }])}
                        >
                          Restore
                        </Button>
                      )}
                    </Group>
                  </Allowed>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
