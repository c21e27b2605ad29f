/** Fields that both sides changed: open questions, and what was settled, with the value that lost. */
import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { useMakePlan } from '../lib/plans.ts';
import { useTenantPages } from '../lib/queries.ts';
import type { ConflictsAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { ConflictTable } from '../parts/conflict-table.tsx';
import { Loaded, Nothing, PageTitle, Trouble } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';

const SHOWN = [
  { value: '', label: 'All' },
  { value: 'true', label: 'Open' },
  { value: 'false', label: 'Settled' },
];

/** The page. */
export function Conflicts() {
  const [params, setParams] = useSearchParams();
  const open = params.get('open') ?? '';
  const list = useTenantPages<ConflictsAnswer>(open === '' ? '/conflicts' : `/conflicts?open=${open}`);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const make = useMakePlan();
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
              <ConflictTable conflicts={conflicts} choosing={{ chosen, onChoose: setChosen }} />
              <More list={list} />
            </Stack>
          );
        }}
      </Loaded>
    </>
  );
}
