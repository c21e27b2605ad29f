/** Both sides of a record next to each other, field by field, with what is agreed and why. */
import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useOrder } from '../lib/queries.ts';
import type { RecordAnswer } from '../lib/types.ts';
import { fieldWord, sideWord } from '../lib/words.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Trouble } from '../parts/feedback.tsx';
import { Reason, StateBadge } from '../parts/standing.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { Value, wordsOf } from '../parts/value.tsx';
import { WhyField } from './record-why.tsx';

type Field = RecordAnswer['fields'][number];

/** The table of fields. */
export function RecordFields({ record, path }: { readonly record: RecordAnswer; readonly path: string }) {
  const [why, setWhy] = useState<string | null>(null);
  return (
    <>
      <Table.ScrollContainer minWidth={820}>
        <Table layout="fixed" verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={140}>Field</Table.Th>
              <Table.Th>CRM</Table.Th>
              <Table.Th>Unleashed</Table.Th>
              <Table.Th>Agreed</Table.Th>
              <Table.Th w="30%">Why</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {record.fields.map((field) => (
              <Table.Tr key={field.field} data-field={field.field}>
                <Table.Th scope="row" style={{ verticalAlign: 'top' }}>
                  {fieldWord(field.field)}
                </Table.Th>
                <SideCell value={field.crm} people={field.people} editedAt={field.crmEditedAt} />
                <SideCell value={field.unleashed} people={field.people} editedAt={field.unleashedEditedAt} />
                <Table.Td style={{ verticalAlign: 'top' }}>
                  <Agreed field={field} />
                </Table.Td>
                <Table.Td style={{ verticalAlign: 'top' }}>
                  <Stack gap={6} align="flex-start">
                    <Group gap="xs" align="center">
                      <StateBadge state={field.state} />
                      <Button
                        variant="subtle"
                        size="compact-xs"
                        aria-label={`Why is ${fieldWord(field.field)} as it is?`}
                        onClick={() => setWhy(field.field)}
                      >
                        Why?
                      </Button>
                    </Group>
                    <Reason sentence={field.sentence} action={field.action} />
                    {field.message === '' ? null : (
                      <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                        “{field.message}”
                      </Text>
                    )}
                    {field.reason === 'awaiting-answer' ? <Answer record={record} field={field} /> : null}
                  </Stack>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {why === null ? null : <WhyField field={why} path={path} onClose={() => setWhy(null)} />}
    </>
  );
}

function SideCell({
  value,
  people,
  editedAt,
}: {
  readonly value: string | null;
  readonly people: Field['people'];
  readonly editedAt: string | null;
}) {
  return (
    <Table.Td style={{ verticalAlign: 'top' }}>
      <Value text={value} people={people} />
      {editedAt === null ? null : (
        <Text size="xs" c="dimmed">
          edited <TimeAgo at={editedAt} />
        </Text>
      )}
    </Table.Td>
  );
}

/** The agreed value, once where both forms are the same. */
function Agreed({ field: { agreed, people } }: { readonly field: Field }) {
  if (agreed === null)
    return (
      <Text size="sm" c="dimmed">
        Nothing agreed yet
      </Text>
    );
  // Two forms of one value may read alike: an address with and without a blank line, for example.
  if (wordsOf(agreed.crm, people) === wordsOf(agreed.unleashed, people))
    return <Value text={agreed.crm} people={people} />;
  return (
    <>
      <Value text={agreed.crm} people={people} />
      <Text size="xs" c="dimmed">
        counts as equal to
      </Text>
      <Value text={agreed.unleashed} people={people} />
    </>
  );
}

/** Both sides changed and a person is asked: whose value stays. */
function Answer({ record, field }: { readonly record: RecordAnswer; readonly field: Field }) {
  const order = useOrder();
  const choose = (side: 'crm' | 'unleashed'): void => {
    const recordId = (side === 'crm' ? record.crmId : record.unleashedId) ?? '';
    order.mutate({ kind: 'answer', side, entity: record.entity, recordId, field: field.field });
  };
  return (
    <>
      <Allowed actions={['answer']}>
        <Group gap="xs">
          {(['crm', 'unleashed'] as const).map((side) => (
            <Button key={side} size="compact-xs" loading={order.isPending} onClick={() => choose(side)}>
              Keep that of {sideWord(side)}
            </Button>
          ))}
        </Group>
      </Allowed>
      {order.error === null ? null : <Trouble error={order.error} />}
    </>
  );
}
