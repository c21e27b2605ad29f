/** Settings beyond the four options: who wins, the role of new contacts, the hours of the overnight fix and of the nightly comparison. */
import { Accordion, Button, Card, Group, NativeSelect, SimpleGrid, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import type { SettingsView } from '../lib/types.ts';
import { fieldWord, POLICIES, SYNCED_FIELDS } from '../lib/words.ts';
import type { SettingChange } from './settings-confirm.tsx';

interface Props {
  readonly current: SettingsView;
  readonly onChange: (change: SettingChange) => void;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => ({
  value: `${hour}`,
  label: `${`${hour}`.padStart(2, '0')}:00`,
}));
const DRIFT_HOURS = [
  { value: 'default', label: 'As configured (03:00, unless the tenants file says otherwise)' },
  ...HOURS,
  { value: 'off', label: 'Never: on request only' },
];
const ALIGNMENTS = [
  { value: 'auto', label: 'Align by itself' },
  { value: 'hold', label: 'Hold until approved' },
];

/** The hour that is chosen, as the API takes it. */
function driftHourOf(text: string): SettingsView['driftHour'] {
  return text === 'default' || text === 'off' ? text : Number(text);
}

/** Shares to choose from, the present one among them. */
function sharesWith(share: number): { value: string; label: string }[] {
  const shares = [...new Set([5, 10, 20, 50, share])].filter((one) => one < 100).sort((a, b) => a - b);
  const options = shares.map((one) => ({ value: `${one}`, label: `${one} % of the records, and more than 50` }));
  return [...options, { value: '100', label: 'No breaker' }];
}

/** The rest of the settings. */
export function MoreSettings({ current, onChange }: Props) {
  const choose = (title: string, body: Record<string, unknown>): void => onChange({ title, body, current });
  return (
    <Card withBorder padding="md" component="section" aria-label="More settings">
      <Title order={2} size="h4" mb="sm">
        How it works
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <NativeSelect
          label="When both sides changed a field"
          description="The value that loses is kept and can be restored."
          data={POLICIES}
          value={current.conflictPolicy}
          onChange={(event) => choose('Change who wins', { conflictPolicy: event.currentTarget.value })}
        />
        <NativeSelect
          label="Records that were never the same"
          description="The first alignment of a pair."
          data={ALIGNMENTS}
          value={current.alignment}
          onChange={(event) => choose('Change the first alignment', { alignment: event.currentTarget.value })}
        />
        <NativeSelect
          label="Hour of the overnight fix"
          description={`Time zone: ${current.timeZone || 'UTC'}. Comes from the tenants file.`}
          data={HOURS}
          value={`${current.overnightHour}`}
          onChange={(event) => choose('Change the hour', { overnightHour: Number(event.currentTarget.value) })}
        />
        <NativeSelect
          label="Hour of the nightly comparison"
          description={`Both sides are compared, see Drift. Time zone: ${current.timeZone || 'UTC'}.`}
          data={DRIFT_HOURS}
          value={`${current.driftHour}`}
          onChange={(event) =>
            choose('Change the nightly comparison', { driftHour: driftHourOf(event.currentTarget.value) })
          }
        />
        <NativeSelect
          label="Breaker"
          description="When more of the linked records than this change at once on one side, they wait for your approval under Plans."
          data={sharesWith(current.breakerShare)}
          value={`${current.breakerShare}`}
          onChange={(event) => choose('Change the breaker', { breakerShare: Number(event.currentTarget.value) })}
        />
        <RoleCode key={current.contactRoleCode} current={current} onChange={onChange} />
      </SimpleGrid>
      <Accordion variant="contained" mt="md">
        <Accordion.Item value="fields">
          <Accordion.Control>
            Single fields: {Object.keys(current.fieldPolicies).length} with a rule of their own
          </Accordion.Control>
          <Accordion.Panel>
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
              {SYNCED_FIELDS.map((field) => (
                <NativeSelect
                  key={field}
                  label={fieldWord(field)}
                  data={[{ value: 'default', label: 'As above' }, ...POLICIES]}
                  value={current.fieldPolicies[field] ?? 'default'}
                  onChange={(event) =>
                    choose(`Change who wins: ${fieldWord(field)}`, {
                      fieldPolicies: { [field]: event.currentTarget.value },
                    })
                  }
                />
              ))}
            </SimpleGrid>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
      {current.overnightLast === null ? null : (
        <Text size="sm" c="dimmed" mt="sm">
          The last overnight fix compared {current.overnightLast.compared} companies, set{' '}
          {current.overnightLast.ordered} and could not set {current.overnightLast.stopped}.
        </Text>
      )}
    </Card>
  );
}

function RoleCode({ current, onChange }: Props) {
  const [code, setCode] = useState(current.contactRoleCode);
  const wanted = code.trim();
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <TextInput
        label="Role of new contacts"
        description="Role code of the CRM for contacts that come from Unleashed."
        value={code}
        maxLength={6}
        onChange={(event) => setCode(event.currentTarget.value)}
        style={{ flex: 1 }}
      />
      <Button
        variant="default"
        disabled={wanted === '' || wanted === current.contactRoleCode}
        onClick={() =>
          onChange({ title: 'Change the role of new contacts', body: { contactRoleCode: wanted }, current })
        }
      >
        Change
      </Button>
    </Group>
  );
}
