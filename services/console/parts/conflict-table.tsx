/** Conflicts, one below the other: both values, which stayed, and the way back. */
import { Alert, Anchor, Button, Checkbox, Group, Table, Text, VisuallyHidden } from '@mantine/core';
import { Link } from 'wouter';
import { useTenantId } from '../lib/queries.ts';
import { type Conflict, loserOf, useSettle } from '../lib/restore.ts';
import { fieldWord, policyWord, sideWord } from '../lib/words.ts';
import { Allowed } from './allowed.tsx';
import { Held } from './held.tsx';
import { TimeAgo } from './time-ago.tsx';

/** How those that several things can be done with at once are chosen. */
export interface Choosing {
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

/** Conflicts of many records; without `choosing` those of one, which is not named then. */
export function ConflictTable({
  conflicts,
  choosing = null,
}: {
  readonly conflicts: readonly Conflict[];
  readonly choosing?: Choosing | null;
}) {
  const settle = useSettle();
  return (
    <>
      <Settled settle={settle} />
      <Table.ScrollContainer minWidth={choosing === null ? 700 : 900}>
        <Table layout="fixed" verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              {choosing === null ? null : (
                <>
                  <Table.Th w={44}>
                    <VisuallyHidden component="span">Choose</VisuallyHidden>
                  </Table.Th>
                  <Table.Th>Record</Table.Th>
                </>
              )}
              <Table.Th w={140}>Field</Table.Th>
              <Table.Th>CRM</Table.Th>
              <Table.Th>Unleashed</Table.Th>
              <Table.Th w={220}>Settled</Table.Th>
              <Table.Th w={190}>
                <VisuallyHidden component="span">Actions</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {conflicts.map((conflict) => (
              <Table.Tr key={conflict.conflictId}>
                {choosing === null ? null : <RecordCells conflict={conflict} choosing={choosing} />}
                <Table.Td>{fieldWord(conflict.field)}</Table.Td>
                <Table.Td>
                  <Held value={conflict.crmValue} wins={conflict.winner === 'crm'} />
                </Table.Td>
                <Table.Td>
                  <Held value={conflict.unleashedValue} wins={conflict.winner === 'unleashed'} />
                </Table.Td>
                <Table.Td>
                  <Text size="sm">
                    {conflict.open ? 'Waits for an answer' : policyWord(conflict.policy)}, <TimeAgo at={conflict.at} />
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Ways conflict={conflict} settle={settle} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

/** Which record it is, and whether it is chosen. */
function RecordCells({ conflict, choosing }: { readonly conflict: Conflict; readonly choosing: Choosing }) {
  const tenant = useTenantId();
  const { conflictId, entity, id, field, open } = conflict;
  const name = nameOf(conflict);
  const toggle = (): void => {
    const next = new Set(choosing.chosen);
    if (!next.delete(conflictId)) next.add(conflictId);
    choosing.onChoose(next);
  };
  return (
    <>
      <Table.Td>
        <Checkbox
          aria-label={`Choose ${fieldWord(field)} of ${name}`}
          checked={choosing.chosen.has(conflictId)}
          disabled={open}
          onChange={toggle}
        />
      </Table.Td>
      <Table.Td>
        <Anchor component={Link} href={`/t/${tenant}/records/${entity}/${encodeURIComponent(id)}`} size="sm">
          {name}
        </Anchor>
      </Table.Td>
    </>
  );
}

/** What can be done: both values of a question to choose from, also once it is answered, or the one that lost. */
function Ways({ conflict, settle }: { readonly conflict: Conflict; readonly settle: ReturnType<typeof useSettle> }) {
  const { open, winner, field } = conflict;
  return (
    <Allowed actions={['restore']}>
      <Group gap={6}>
        {open || winner === 'none' ? (
          (['crm', 'unleashed'] as const).map((side) => (
            <Button
              key={side}
              size="compact-xs"
              variant="light"
              disabled={!open || settle.isPending}
              onClick={() => settle.mutate({ conflict, side })}
            >
              Keep {sideWord(side)}
            </Button>
          ))
        ) : (
          <Button
            size="compact-xs"
            variant="light"
            disabled={settle.isPending}
            aria-label={`Restore ${fieldWord(field)} of ${nameOf(conflict)}`}
            onClick={() => settle.mutate({ conflict, side: loserOf(conflict) })}
          >
            Restore
          </Button>
        )}
      </Group>
    </Allowed>
  );
}

/** What became of the last order. */
function Settled({ settle: { isSuccess, error } }: { readonly settle: ReturnType<typeof useSettle> }) {
  if (!isSuccess && error === null) return null;
  return (
    <Alert color={error === null ? 'teal' : 'yellow'} variant="light" role="status" mb="sm">
      <Text size="sm">{error === null ? '1 of 1 ordered.' : `0 of 1 ordered. 1 refused: ${error.message}`}</Text>
    </Alert>
  );
}

function nameOf({ name }: Conflict): string {
  return name || '(no name)';
}
