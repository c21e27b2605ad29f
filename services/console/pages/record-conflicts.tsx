/** The conflicts that a record ever had, each value that lost one click from restored. */
import { Button, Group, Table, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { send } from '../lib/api.ts';
import { useTenantId, useTenantPages } from '../lib/queries.ts';
import { conflictOrder, loserOf } from '../lib/restore.ts';
import type { ConflictsAnswer, RecordAnswer } from '../lib/types.ts';
import { fieldWord, policyWord, sideWord } from '../lib/words.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Held } from '../parts/held.tsx';
import { More } from '../parts/more.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';

type Conflict = ConflictsAnswer['conflicts'][number];
interface Choice {
  readonly conflict: Conflict;
  readonly side: 'crm' | 'unleashed';
}

/** Nothing where there never was one. */
export function RecordConflicts({ record: { entity, id } }: { readonly record: RecordAnswer }) {
  const tenant = useTenantId();
  const client = useQueryClient();
  const list = useTenantPages<ConflictsAnswer>(`/conflicts?entity=${entity}&record=${encodeURIComponent(id)}`);
  const give = useMutation({
    mutationFn: async ({ conflict, side }: Choice) =>
      send('POST', `/tenants/${tenant}/requests`, await conflictOrder(tenant, conflict, side)),
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
  const conflicts = (list.data?.pages ?? []).flatMap((page) => page.conflicts);
  if (conflicts.length === 0) return null;
  return (
    <section aria-label="Conflicts">
      <Title order={2} size="h4" mb="sm">
        Conflicts
      </Title>
      {give.error === null ? null : (
        <Text size="sm" c="red" role="alert">
          {give.error.message}
        </Text>
      )}
      <Table.ScrollContainer minWidth={700}>
        <Table layout="fixed" verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={140}>Field</Table.Th>
              <Table.Th>CRM</Table.Th>
              <Table.Th>Unleashed</Table.Th>
              <Table.Th w={220}>Settled</Table.Th>
              <Table.Th w={190}>
                <span className="mantine-visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {conflicts.map((conflict) => (
              <Row key={conflict.conflictId} conflict={conflict} busy={give.isPending} onGive={give.mutate} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <More list={list} />
    </section>
  );
}

function Row({
  conflict,
  busy,
  onGive,
}: {
  readonly conflict: Conflict;
  readonly busy: boolean;
  readonly onGive: (choice: Choice) => void;
}) {
  const { field, winner, open } = conflict;
  const sides = open ? (['crm', 'unleashed'] as const) : winner === 'none' ? [] : [loserOf(conflict)];
  return (
    <Table.Tr>
      <Table.Td>{fieldWord(field)}</Table.Td>
      <Table.Td>
        <Held value={conflict.crmValue} wins={winner === 'crm'} />
      </Table.Td>
      <Table.Td>
        <Held value={conflict.unleashedValue} wins={winner === 'unleashed'} />
      </Table.Td>
      <Table.Td>
        <Text size="sm">
          {open ? 'Waits for an answer' : policyWord(conflict.policy)}, <TimeAgo at={conflict.at} />
        </Text>
      </Table.Td>
      <Table.Td>
        <Allowed actions={['restore']}>
          <Group gap={6}>
            {sides.map((side) => (
              <Button
                key={side}
                size="compact-xs"
                variant="light"
                disabled={busy}
                onClick={() => onGive({ conflict, side })}
              >
                {open ? `Keep ${sideWord(side)}` : `Restore ${fieldWord(field)}`}
              </Button>
            ))}
          </Group>
        </Allowed>
      </Table.Td>
    </Table.Tr>
  );
}
