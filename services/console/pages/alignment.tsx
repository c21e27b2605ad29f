/** The first alignment: records that were never the same, whose value is to stay, what it costs; approved or held. */
import { Alert, Anchor, Badge, Button, Card, Group, NativeSelect, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { usePreview, useTenantId, useTenantQuery } from '../lib/queries.ts';
import type { PreviewAnswer, SettingsView } from '../lib/types.ts';
import { DIRECTIONS, fieldWord, MATCHES } from '../lib/words.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Nothing, PageTitle } from '../parts/feedback.tsx';
import { Cost } from '../parts/preview.tsx';
import { ConfirmChange, type SettingChange } from './settings-confirm.tsx';

/** The page. */
export function Alignment() {
  const settings = useTenantQuery<SettingsView>('/settings');
  const [change, setChange] = useState<SettingChange | null>(null);
  return (
    <>
      <PageTitle>First alignment</PageTitle>
      <Loaded query={settings}>{(current) => <Plan current={current} onChange={setChange} />}</Loaded>
      {change === null ? null : <ConfirmChange change={change} onClose={() => setChange(null)} />}
    </>
  );
}

interface Props {
  readonly current: SettingsView;
  readonly onChange: (change: SettingChange) => void;
}

/** What would be written with the directions that are chosen, field by field. */
function Plan({ current, onChange }: Props) {
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const held = current.alignment === 'hold';
  const body = { alignment: 'auto', ...(Object.keys(chosen).length === 0 ? {} : { alignmentPolicies: chosen }) };
  const preview = usePreview({ ...body, enabled: true });
  const approve = (): void => onChange({ title: 'Approve the first alignment', body, current });
  const hold = (): void => onChange({ title: 'Hold the first alignment', body: { alignment: 'hold' }, current });
  return (
    <Loaded query={preview}>
      {(plan) => (
        <Stack gap="lg">
          <Alert color={held ? 'violet' : 'gray'} variant="light" title={held ? 'Held' : 'Not held'}>
            {held
              ? 'Nothing is written to fields that were never the same on both sides, until you approve.'
              : 'Fields that were never the same are aligned as they are found. Hold them to look at the plan first.'}
          </Alert>
          <Card withBorder padding="md" component="section" aria-label="Fields">
            {plan.fields.length === 0 ? (
              <Nothing title="Nothing differs">Every pair shows the same on both sides.</Nothing>
            ) : (
              <Fields plan={plan} current={current} chosen={chosen} onChoose={setChosen} />
            )}
          </Card>
          <Cost preview={plan} />
          <Allowed actions={['settings']}>
            <Group>
              <Button onClick={approve} disabled={!held && Object.keys(chosen).length === 0}>
                Approve
              </Button>
              {held ? null : (
                <Button variant="default" onClick={hold}>
                  Hold
                </Button>
              )}
            </Group>
          </Allowed>
          <Matches plan={plan} />
          <Outside plan={plan} />
        </Stack>
      )}
    </Loaded>
  );
}

interface FieldsProps {
  readonly plan: PreviewAnswer;
  readonly current: SettingsView;
  readonly chosen: Readonly<Record<string, string>>;
  readonly onChoose: (chosen: Readonly<Record<string, string>>) => void;
}

function Fields({ plan, current, chosen, onChoose }: FieldsProps) {
  const general = DIRECTIONS.find(({ value }) => value === current.conflictPolicy)?.label ?? current.conflictPolicy;
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Field</Table.Th>
            <Table.Th ta="right">Differs</Table.Th>
            <Table.Th ta="right">Two values</Table.Th>
            <Table.Th>Whose value stays</Table.Th>
            <Table.Th ta="right">To the CRM</Table.Th>
            <Table.Th ta="right">To Unleashed</Table.Th>
            <Table.Th ta="right">Asked</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {plan.fields.map((row) => (
            <Table.Tr key={row.field}>
              <Table.Td>{fieldWord(row.field)}</Table.Td>
              <Table.Td ta="right">{row.differ}</Table.Td>
              <Table.Td ta="right">{row.replaces}</Table.Td>
              <Table.Td>
                <NativeSelect
                  aria-label={`Whose value stays: ${fieldWord(row.field)}`}
                  size="xs"
                  data={[{ value: 'default', label: `As for conflicts (${general.toLowerCase()})` }, ...DIRECTIONS]}
                  value={chosen[row.field] ?? current.alignmentPolicies[row.field] ?? 'default'}
                  onChange={(event) => onChoose({ ...chosen, [row.field]: event.currentTarget.value })}
                />
              </Table.Td>
              <Table.Td ta="right">{row.toCrm}</Table.Td>
              <Table.Td ta="right">{row.toUnleashed}</Table.Td>
              <Table.Td ta="right">{row.questions}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** How sure it is that the records of a pair are the same. */
function Matches({ plan }: { readonly plan: PreviewAnswer }) {
  if (plan.matches.length === 0) return null;
  return (
    <section aria-label="Matches">
      <Title order={2} size="h4" mb="xs">
        Matches
      </Title>
      <Stack gap="xs">
        {plan.matches.map(({ entity, by, confidence, count }) => (
          <Group key={`${entity} ${by}`} gap="xs" align="baseline" wrap="nowrap">
            <Badge color={CONFIDENCE_COLOURS[confidence]} variant="light" tt="none">
              {confidence}
            </Badge>
            <Text size="sm">
              {count} {entity === 'company' ? 'companies' : 'contacts'} by {MATCHES[by] ?? by}
            </Text>
          </Group>
        ))}
      </Stack>
    </section>
  );
}

const CONFIDENCE_COLOURS = { certain: 'teal', likely: 'blue', possible: 'yellow' } as const;

/** Records that take no part, the ambiguous ones among them. */
function Outside({ plan }: { readonly plan: PreviewAnswer }) {
  const tenant = useTenantId();
  if (plan.outside.length === 0) return null;
  return (
    <section aria-label="Not taking part">
      <Title order={2} size="h4" mb="xs">
        Not taking part
      </Title>
      <Stack gap="xs">
        {plan.outside.map(({ entity, state, reason, sentence, action, count }) => (
          <Group key={`${entity} ${reason}`} gap="xs" align="baseline" wrap="nowrap">
            <Badge color="gray" variant="light">
              {count}
            </Badge>
            <Text size="sm">
              <Anchor
                component={Link}
                size="sm"
                underline="always"
                href={`/t/${tenant}/records?entity=${entity}&state=${state}&reason=${reason}`}
              >
                {entity === 'company' ? 'Companies' : 'Contacts'}
              </Anchor>
              : {sentence} {action}
            </Text>
          </Group>
        ))}
      </Stack>
    </section>
  );
}
