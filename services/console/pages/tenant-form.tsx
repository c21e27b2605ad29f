/** Adding a tenant in three steps: who it is, what it signs in with, what was found. Credentials leave this page once and never come back. */
import {
  Button,
  Checkbox,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  Stack,
  Stepper,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../lib/api.ts';
import type { StoredAnswer, TenantFindings } from '../lib/types.ts';
import { Trouble } from '../parts/feedback.tsx';
import { Findings, hasProblem } from '../parts/findings.tsx';

/** What is typed, by the path of each field. */
type Typed = Readonly<Record<string, string>>;

const START: Typed = {
  id: '',
  name: '',
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  'prospect.baseUrl': 'https://crm-odata-v1.prospect365.com',
  'prospect.token': '',
  'unleashed.baseUrl': 'https://api.unleashedsoftware.com',
  'unleashed.apiId': '',
  'unleashed.apiKey': '',
  monthlyCalls: '20000',
  pollSeconds: '300',
};

/** The dialog. */
export function AddTenant({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const [step, setStep] = useState(0);
  const [typed, setTyped] = useState(START);
  const [hookSecret] = useState(randomSecret);
  const [despite, setDespite] = useState(false);
  const tenant = tenantOf(typed, hookSecret);
  const tryOut = useMutation({ mutationFn: () => send<TenantFindings>('POST', '/tenant-checks', { tenant }) });
  const add = useMutation({
    mutationFn: () => send<StoredAnswer>('POST', '/tenants', { tenant, despiteProblems: despite }),
    onSuccess: () => setStep(3),
    onSettled: () => client.invalidateQueries({ queryKey: ['tenants'] }),
  });
  const field = (path: string, label: string, description?: string) => ({
    label,
    description,
    value: typed[path] ?? '',
    required: true,
    autoComplete: 'off',
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setTyped((before) => ({ ...before, [path]: value }));
      tryOut.reset();
    },
  });
  const number = (path: string, label: string, description: string) => ({
    label,
    description,
    value: typed[path] ?? '',
    min: 1,
    onChange: (value: string | number) => setTyped((before) => ({ ...before, [path]: String(value) })),
  });
  const next = (): void => {
    if (step === 1) tryOut.mutate(undefined, { onSuccess: () => setStep(2) });
    else setStep(step + 1);
  };
  const isFilled = [
    typed.id !== '' && typed.name !== '' && typed.timeZone !== '',
    Object.values(typed).every((value) => value !== ''),
  ];
  return (
    <Modal opened onClose={onClose} title="Add a tenant" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stepper active={step} size="sm" mb="md" allowNextStepsSelect={false}>
        <Stepper.Step label="Who" />
        <Stepper.Step label="Systems" />
        <Stepper.Step label="Found" />
      </Stepper>
      {step === 0 ? (
        <Stack>
          <TextInput
            {...field(
              'id',
              'Id',
              'Small letters, digits and dashes. It is in every topic and cannot be changed later.',
            )}
          />
          <TextInput {...field('name', 'Name')} />
          <TextInput {...field('timeZone', 'Time zone', 'Such as Europe/London or Pacific/Auckland.')} />
        </Stack>
      ) : null}
      {step === 1 ? (
        <Stack>
          <TextInput {...field('prospect.baseUrl', 'CRM: base URL')} />
          <PasswordInput {...field('prospect.token', 'CRM: access token', 'Of a user of its own.')} />
          <TextInput {...field('unleashed.baseUrl', 'Unleashed: base URL')} />
          <TextInput {...field('unleashed.apiId', 'Unleashed: API id')} />
          <PasswordInput {...field('unleashed.apiKey', 'Unleashed: API key')} />
          <Group grow align="flex-start">
            <NumberInput {...number('monthlyCalls', 'Calls in a month', 'What the plan allows; never exceeded.')} />
            <NumberInput
              {...number('pollSeconds', 'Seconds between polls', 'How soon an edit in Unleashed is seen.')}
            />
          </Group>
        </Stack>
      ) : null}
      {step === 2 && tryOut.data !== undefined ? (
        <Stack>
          <Text size="sm">Both systems were read, and nothing was written. This is what was found:</Text>
          <Findings findings={tryOut.data.findings} />
          {hasProblem(tryOut.data.findings) ? (
            <Checkbox
              label="Store it all the same: I will see to the problems"
              checked={despite}
              onChange={(event) => setDespite(event.currentTarget.checked)}
            />
          ) : null}
          <Text size="sm" c="dimmed">
            Two-way sync stays off until you switch it on in the Settings Centre, where you see what it would do.
          </Text>
        </Stack>
      ) : null}
      {step === 3 ? (
        <Stack>
          <Text>{typed.name} is stored. Its credentials are encrypted and are never shown again.</Text>
          <Text size="sm">
            Let the CRM send its change events to <code>/hooks/crm/{typed.id}</code> of crm-capture with this secret. It
            is shown only now:
          </Text>
          <code data-once="hook-secret" style={{ overflowWrap: 'anywhere' }}>
            {hookSecret}
          </code>
        </Stack>
      ) : null}
      {step === 1 && tryOut.error !== null ? <Trouble error={tryOut.error} /> : null}
      {step === 2 && add.error !== null ? <Trouble error={add.error} /> : null}
      <Group justify="flex-end" mt="md">
        {step === 3 ? (
          <Button onClick={onClose}>Done</Button>
        ) : (
          <>
            <Button variant="default" onClick={step === 0 ? onClose : () => setStep(step - 1)}>
              {step === 0 ? 'Cancel' : 'Back'}
            </Button>
            {step === 2 ? (
              <Button
                onClick={() => add.mutate()}
                loading={add.isPending}
                disabled={hasProblem(tryOut.data?.findings ?? []) && !despite}
              >
                Add
              </Button>
            ) : (
              <Button onClick={next} loading={tryOut.isPending} disabled={isFilled[step] !== true}>
                {step === 1 ? 'Try the credentials' : 'Next'}
              </Button>
            )}
          </>
        )}
      </Group>
    </Modal>
  );
}

function tenantOf(typed: Typed, webhookSecret: string): object {
  const text = (path: string): string => typed[path] ?? '';
  return {
    ...{ id: text('id'), name: text('name'), timeZone: text('timeZone') },
    prospect: { baseUrl: text('prospect.baseUrl'), token: text('prospect.token'), webhookSecret },
    unleashed: {
      ...{ baseUrl: text('unleashed.baseUrl'), apiId: text('unleashed.apiId'), apiKey: text('unleashed.apiKey') },
      ...{ monthlyCalls: Number(text('monthlyCalls')), pollSeconds: Number(text('pollSeconds')) },
    },
    sync: { enabled: false },
  };
}

/** 192 random bits. */
function randomSecret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
