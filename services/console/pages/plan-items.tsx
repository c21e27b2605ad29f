/** The orders of a plan: what each would write, from and to, or what came of it. */
import { Anchor, Checkbox, Stack, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { ITEM_STATES } from '../lib/plans.ts';
import { useTenantId } from '../lib/queries.ts';
import type { PlanItemsAnswer } from '../lib/types.ts';
import { asWords, fieldWord, sideWord } from '../lib/words.ts';
import { Reason } from '../parts/standing.tsx';
import { Value } from '../parts/value.tsx';
import { WordBadge } from '../parts/word-badge.tsx';

type Item = PlanItemsAnswer['items'][number];

/** Orders that only look, in words. */
const LOOKS: Readonly<Record<string, string>> = { read: 'Look at it', observe: 'Take it in' };

/** A record without a name, by its id: one that the sync does not know yet. */
function recordWord(id: string): string {
  return `${sideWord(id.startsWith('c:') ? 'crm' : 'unleashed')} ${id.slice(2)}`;
}

interface Props {
  readonly items: readonly Item[];
  /** Numbers that are left out, and what to do when somebody changes that; missing where nothing can be chosen any more. */
  readonly leftOut?: ReadonlySet<number>;
  readonly onLeaveOut?: (numbers: ReadonlySet<number>) => void;
}

/** The table. */
export function PlanItems({ items, leftOut, onLeaveOut }: Props) {
  const tenant = useTenantId();
  const toggle = (number: number): void => {
    const next = new Set(leftOut);
    if (!next.delete(number)) next.add(number);
    onLeaveOut?.(next);
  };
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {leftOut === undefined ? null : <Table.Th w={40} aria-label="Chosen" />}
            <Table.Th>Record</Table.Th>
            <Table.Th w={150}>Order</Table.Th>
            <Table.Th w={120}>State</Table.Th>
            <Table.Th>What is written, or why not</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Table.Tr key={item.number} data-item={item.number}>
              {leftOut === undefined ? null : (
                <Table.Td>
                  <Checkbox
                    aria-label={`Choose ${item.name || recordWord(item.id)}`}
                    checked={item.state !== 'excluded' && !leftOut.has(item.number)}
                    disabled={item.state === 'excluded'}
                    onChange={() => toggle(item.number)}
                  />
                </Table.Td>
              )}
              <Table.Td>
                <Anchor
                  component={Link}
                  href={`/t/${tenant}/records/${item.entity}/${encodeURIComponent(item.id)}`}
                  size="sm"
                  style={{ overflowWrap: 'anywhere' }}
                >
                  {item.name || recordWord(item.id)}
                </Anchor>
              </Table.Td>
              <Table.Td>
                <Text size="sm">
                  {LOOKS[item.kind] ?? asWords(item.kind)}
                  {item.field === null ? '' : `: ${fieldWord(item.field).toLowerCase()}`}
                </Text>
              </Table.Td>
              <Table.Td>
                <WordBadge code={item.state} words={ITEM_STATES} />
              </Table.Td>
              <Table.Td>
                <Writes item={item} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Writes({ item: { kind, state, writes, reason, sentence, action } }: { readonly item: Item }) {
  if (state === 'planned' && reason === 'ok' && writes.length === 0 && kind in LOOKS) {
    return <Text size="sm">It is only read; what is found flows as ever.</Text>;
  }
  return (
    <Stack gap={2}>
      {writes.map(({ side, field, from, to }) => (
        <Text key={`${side} ${field}`} size="sm" component="div">
          {sideWord(side)}, {fieldWord(field).toLowerCase()}: <Value text={from} /> → <Value text={to} />
        </Text>
      ))}
      {reason === 'ok' || (writes.length > 0 && reason !== 'plan-outdated') ? null : (
        <Reason sentence={sentence} action={action} />
      )}
    </Stack>
  );
}
