/** The Settings Centre: found by their words, explained, confirmed; with who changed what and when. */
import { Badge, Card, Group, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTenantQuery } from '../lib/queries.ts';
import type { SettingOptionView, SettingsView } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Nothing, PageTitle } from '../parts/feedback.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { ConfirmChange, type SettingChange } from './settings-confirm.tsx';
import { SettingsHistory } from './settings-history.tsx';
import { MoreSettings } from './settings-more.tsx';

/** The page. */
export function Settings() {
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 200);
  const [change, setChange] = useState<SettingChange | null>(null);
  const settings = useTenantQuery<SettingsView>('/settings');
  const options = useTenantQuery<{ options: SettingOptionView[] }>(
    `/settings/options?search=${encodeURIComponent(asked)}`,
  );
  return (
    <>
      <PageTitle>Settings Centre</PageTitle>
      <TextInput
        type="search"
        label="Search settings"
        placeholder="two way"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        maw={420}
        mb="md"
      />
      <Loaded query={settings}>
        {(current) => (
          <Stack gap="lg">
            <Loaded query={options}>
              {({ options: found }) => (
                <Stack gap="sm" component="section" aria-label="Options">
                  {found.length === 0 ? (
                    <Nothing title="No option has these words">Try “two way”.</Nothing>
                  ) : (
                    <Allowed actions={['settings']}>
                      {found.map((option) => (
                        <OptionCard key={option.setting} option={option} current={current} onChange={setChange} />
                      ))}
                    </Allowed>
                  )}
                </Stack>
              )}
            </Loaded>
            {asked === '' ? (
              <Allowed actions={['settings']}>
                <MoreSettings current={current} onChange={setChange} />
              </Allowed>
            ) : null}
            <Text size="sm" c="dimmed">
              Version {current.version}, changed by {current.changedBy || 'nobody yet'}{' '}
              <TimeAgo at={current.changedAt} />
            </Text>
            <section aria-label="History of changes">
              <Title order={2} size="h4" mb="xs">
                History
              </Title>
              <SettingsHistory />
            </section>
          </Stack>
        )}
      </Loaded>
      {change === null ? null : <ConfirmChange change={change} onClose={() => setChange(null)} />}
    </>
  );
}

function OptionCard({
  option,
  current,
  onChange,
}: {
  readonly option: SettingOptionView;
  readonly current: SettingsView;
  readonly onChange: (change: SettingChange) => void;
}) {
  const { setting, title, description } = option;
  // Of one answer with the version: two answers may be of different moments.
  const value = current[setting];
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Switch
          checked={value}
          label={title}
          description={description}
          onChange={() =>
            onChange({ title: `${value ? 'Switch off' : 'Switch on'}: ${title}`, body: { [setting]: !value }, current })
          }
        />
        {setting === 'enabled' && !value && !current.holds ? <Badge color="yellow">ending writes</Badge> : null}
      </Group>
    </Card>
  );
}
