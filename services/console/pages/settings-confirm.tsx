/** What a change of settings means, asked before it is made. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '../lib/api.ts';
import { useChangeSettings, usePreview, useTenantQuery } from '../lib/queries.ts';
import type { DriftAnswer, SettingsView } from '../lib/types.ts';
import { Loaded, Trouble } from '../parts/feedback.tsx';
import { Cost } from '../parts/preview.tsx';

/** A change that was chosen and not yet confirmed. */
export interface SettingChange {
  /** What it does, for the head of the question. */
  readonly title: string;
  /** Body of the order, without the version. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The settings that the person saw when choosing. */
  readonly current: SettingsView;
}

/** Asks, orders, and says when the page is out of date. */
export function ConfirmChange({ change, onClose }: { readonly change: SettingChange; readonly onClose: () => void }) {
  const save = useChangeSettings();
  // As it was when the question was asked: what is confirmed is what was read.
  const [{ body, title, current }] = useState(change);
  const stale = save.error instanceof ApiError && save.error.code === 'STALE_VERSION';
  const confirm = (): void => save.mutate({ ...body, seenVersion: current.version }, { onSuccess: onClose });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }} centered>
      <Stack>
        <Effect body={body} />
        {stale ? (
          <Alert color="yellow" title="The settings changed since you opened this page" role="alert">
            Nothing was changed by you. Close this, look at the settings as they are now, and repeat the change if it is
            still wanted.
          </Alert>
        ) : save.error === null ? null : (
          <Trouble error={save.error} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {stale ? 'Close' : 'Cancel'}
          </Button>
          {stale ? null : (
            <Button
              onClick={confirm}
              loading={save.isPending}
              color={body.enabled === false ? 'red' : 'cyan'}
              data-autofocus
            >
              Confirm
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** What each change does, in sentences. */
const EFFECTS: Readonly<Record<string, string>> = {
  'enabled:true':
    'Records are paired and compared. Edits made from now on reach the other system; where only one side has a value, the other is filled.',
  'enabled:false':
    'Nothing more is written to either system. What is edited meanwhile is kept as state and flows when you switch it on again. The feed from Unleashed goes on.',
  'accountManagers:true':
    'The account manager of each company follows its sales person and the other way round. A user without a matching sales person can no longer be chosen.',
  'accountManagers:false': 'Account managers stay as they are on both sides.',
  'accountManagersOvernight:true':
    'Every night the account manager of each company is set to the sales person in Unleashed.',
  'accountManagersOvernight:false': 'Account managers that differ are no longer set at night.',
  'addresses:true': 'The main address in the CRM and the default address in Unleashed are kept the same.',
  'addresses:false': 'Addresses stay as they are on both sides.',
  'alignment:hold':
    'Records that were never the same are compared, and nothing is written to them until this is set back.',
  'alignment:auto': 'Fields that were never the same are aligned as chosen; blanks are filled in any case.',
};

/** What the nightly comparison does at another hour, and what it took the last time. */
function NightlyEffect({ hour }: { readonly hour: unknown }) {
  const checks = useTenantQuery<DriftAnswer>('/drift');
  const last = checks.data?.checks.find(({ state }) => state === 'finished');
  if (hour === 'off') {
    return <Text>Both sides are compared on request only: what the sync missed is found when somebody asks.</Text>;
  }
  const when = hour === 'default' ? 'At the hour that is configured' : `At ${`${hour}`.padStart(2, '0')}:00`;
  return (
    <Text>
      {when} of the tenant's day both sides are compared with what the sync knows. It only reads; less often where a
      month of nights would take more than a tenth of the account's calls.
      {last === undefined
        ? ''
        : ` The last comparison took ${last.calls.crm} calls of the CRM and ${last.calls.unleashed} of Unleashed.`}
    </Text>
  );
}

function Effect({ body }: { readonly body: Readonly<Record<string, unknown>> }) {
  const preview = usePreview(body);
  const known = Object.entries(body).map(([name, value]) => EFFECTS[`${name}:${value}`]);
  return (
    <Stack gap="xs">
      {body.driftHour === undefined ? null : <NightlyEffect hour={body.driftHour} />}
      {known.map((sentence) => (sentence === undefined ? null : <Text key={sentence}>{sentence}</Text>))}
      {body.enabled === false ? null : <Loaded query={preview}>{(found) => <Cost preview={found} />}</Loaded>}
    </Stack>
  );
}
