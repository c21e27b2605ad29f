/** Incidents of a tenant, and the rules by which they begin. */
import { Card, NativeSelect, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTenantQuery } from '../lib/queries.ts';
import type { HealthView, SettingsView } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Nothing, PageTitle } from '../parts/feedback.tsx';
import { Incidents } from '../parts/health.tsx';
import { AlertWebhook } from './alert-webhook.tsx';
import { ConfirmChange, type SettingChange } from './settings-confirm.tsx';

/** Rules with what can be chosen; the first choice is the default. */
const RULES = [
  ['freshness', 'Edits are late by', ['30', '10', '60', '240'], 'minutes'],
  ['failing', 'Records that fail', ['5', '1', '10', '25'], '%'],
  ['quota', 'Calls of the month that are used', ['90', '75', '95'], '%'],
  ['credentials', 'Credentials are refused', ['1'], ''],
  ['unreadable', 'A side cannot be read for', ['15', '5', '60'], 'minutes'],
  ['drift', 'A comparison of both sides found', ['1', '5', '20'], 'or more'],
  ['breaker', 'The breaker holds a mass change', ['1'], ''],
  ['lane', 'A side cannot be written to for', ['15', '5', '60'], 'minutes'],
] as const;

/** The page. */
export function Alerts() {
  const health = useTenantQuery<HealthView>('/health');
  const settings = useTenantQuery<SettingsView>('/settings');
  return (
    <>
      <PageTitle>Alerts</PageTitle>
      <Stack gap="lg">
        <Loaded query={health}>
          {({ tenantId, incidents }) =>
            incidents.length === 0 ? (
              <Nothing title="No incident">Nothing that a rule watches has gone wrong so far.</Nothing>
            ) : (
              <Incidents tenantId={tenantId} incidents={incidents} />
            )
          }
        </Loaded>
        <Loaded query={settings}>{(current) => <Rules current={current} />}</Loaded>
        <AlertWebhook />
      </Stack>
    </>
  );
}

function Rules({ current }: { readonly current: SettingsView }) {
  const [change, setChange] = useState<SettingChange | null>(null);
  const choose = (title: string, rule: string, text: string): void =>
    setChange({ title, body: { alertRules: { [rule]: text } }, current });
  return (
    <Card withBorder padding="md" component="section" aria-label="Rules">
      <Title order={2} size="h4" mb="xs">
        Rules
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        An incident is on this page, in the log, in the metrics and on sync.alert; the webhook hears of it, if there is
        one: when it begins, every four hours, and when it is over.
      </Text>
      <Allowed actions={['settings']}>
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {RULES.map(([rule, label, choices, unit]) => (
            <NativeSelect
              key={rule}
              label={label}
              data={choicesOf(choices, unit, current.alertRules[rule])}
              value={current.alertRules[rule] ?? 'default'}
              onChange={(event) => choose(`Change the rule: ${label.toLowerCase()}`, rule, event.currentTarget.value)}
            />
          ))}
          <NativeSelect
            label="While many records fail"
            data={[
              { value: 'default', label: 'Go on writing the others' },
              { value: 'on', label: 'Pause writing to both sides' },
            ]}
            value={current.alertRules.pauseWhenFailing ?? 'default'}
            onChange={(event) => choose('Change what follows', 'pauseWhenFailing', event.currentTarget.value)}
          />
        </SimpleGrid>
      </Allowed>
      {change === null ? null : <ConfirmChange change={change} onClose={() => setChange(null)} />}
    </Card>
  );
}

/** The choices of a rule; one that was set otherwise, over the API, is among them. */
function choicesOf(choices: readonly string[], unit: string, now: string | undefined) {
  const said = (text: string): string => (unit === '' ? 'At once' : `${text} ${unit}`);
  const [usual = '', ...others] = choices;
  const all = now === undefined || now === 'off' || others.includes(now) ? others : [...others, now];
  return [
    { value: 'default', label: `${said(usual)} (usual)` },
    ...all.map((value) => ({ value, label: said(value) })),
    { value: 'off', label: 'Never' },
  ];
}
