/** Changing a tenant: what is left blank of the credentials stays as it is. */
import { Button, Checkbox, Group, Modal, NumberInput, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, send } from '../lib/api.ts';
import type { ConfigurationView, StoredAnswer } from '../lib/types.ts';
import { Trouble } from '../parts/feedback.tsx';

interface Props {
  readonly tenant: ConfigurationView;
  readonly onClose: () => void;
}

/** Credentials that can be given anew, with their words. */
const CREDENTIALS = [
  ['prospect.token', 'CRM: access token'],
  ['prospect.webhookSecret', 'CRM: secret of change events'],
  ['unleashed.apiId', 'Unleashed: API id'],
  ['unleashed.apiKey', 'Unleashed: API key'],
  ['unleashed.webhookSignatureKey', 'Unleashed: signature key of webhooks'],
] as const;

/** The dialog. */
export function ChangeTenant({ tenant, onClose }: Props) {
  const client = useQueryClient();
  const [before] = useState(tenant);
  const [name, setName] = useState(tenant.name);
  const [timeZone, setTimeZone] = useState(tenant.timeZone);
  const [crmUrl, setCrmUrl] = useState(tenant.prospect.baseUrl);
  const [unleashedUrl, setUnleashedUrl] = useState(tenant.unleashed.baseUrl);
  const [monthlyCalls, setMonthlyCalls] = useState<number | string>(tenant.unleashed.monthlyCalls);
  const [pollSeconds, setPollSeconds] = useState<number | string>(tenant.unleashed.pollSeconds);
  const [credentials, setCredentials] = useState<Readonly<Record<string, string>>>({});
  const [despite, setDespite] = useState(false);
  const given = (section: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(credentials)
        .filter(([path, value]) => path.startsWith(`${section}.`) && value !== '')
        .map(([path, value]) => [path.slice(section.length + 1), value]),
    );
  const save = useMutation({
    mutationFn: () =>
      send<StoredAnswer>('PUT', `/tenants/${before.tenantId}/configuration`, {
        seenRevision: before.revision ?? 1,
        despiteProblems: despite,
        tenant: {
          ...{ name, timeZone },
          prospect: { baseUrl: crmUrl, ...given('prospect') },
          unleashed: {
            ...{ baseUrl: unleashedUrl, monthlyCalls: Number(monthlyCalls), pollSeconds: Number(pollSeconds) },
            ...given('unleashed'),
          },
        },
      }),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: ['tenants'] }),
  });
  const failed = save.error instanceof ApiError && save.error.code === 'CHECK_FAILED';
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Change ${before.name}`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput label="Time zone" value={timeZone} onChange={(event) => setTimeZone(event.currentTarget.value)} />
        <TextInput label="CRM: base URL" value={crmUrl} onChange={(event) => setCrmUrl(event.currentTarget.value)} />
        <TextInput
          label="Unleashed: base URL"
          value={unleashedUrl}
          onChange={(event) => setUnleashedUrl(event.currentTarget.value)}
        />
        <Group grow>
          <NumberInput label="Calls in a month" min={1} value={monthlyCalls} onChange={setMonthlyCalls} />
          <NumberInput label="Seconds between polls" min={1} value={pollSeconds} onChange={setPollSeconds} />
        </Group>
        <Text size="sm" c="dimmed">
          Credentials are never shown. What you leave blank stays as it is; with another base URL they are to be given
          anew. They are tried before anything is stored.
        </Text>
        {CREDENTIALS.map(([path, label]) => (
          <PasswordInput
            key={path}
            label={label}
            placeholder={before.credentials.includes(path) ? 'as it is' : 'none'}
            autoComplete="off"
            value={credentials[path] ?? ''}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setCredentials((known) => ({ ...known, [path]: value }));
            }}
          />
        ))}
        {save.error === null ? null : <Trouble error={save.error} />}
        {failed ? (
          <Checkbox
            label="Store it all the same: I will see to the problems"
            checked={despite}
            onChange={(event) => setDespite(event.currentTarget.checked)}
          />
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={() => save.mutate()} loading={save.isPending}>
            Try and store
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
