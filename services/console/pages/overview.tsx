/** How a tenant stands at a glance. */
import { Alert, Anchor, Card, Group, Progress, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useTenantId, useTenantQuery } from '../lib/queries.ts';
import type { HealthView, OverviewAnswer, TenantView, TrendsAnswer } from '../lib/types.ts';
import { asWords, STATE_WORDS, sideWord } from '../lib/words.ts';
import { Loaded, PageTitle } from '../parts/feedback.tsx';
import { Calls, Freshness, Incidents } from '../parts/health.tsx';
import { PauseButton, Pauses } from '../parts/pauses.tsx';
import { Reason, StateBadge } from '../parts/standing.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { TenantTrends } from '../parts/trends.tsx';

/** The page. */
export function Overview() {
  const query = useTenantQuery<OverviewAnswer>('/overview');
  const tenant = useTenantQuery<TenantView>('');
  const health = useTenantQuery<HealthView>('/health');
  const trends = useTenantQuery<TrendsAnswer>('/trends');
  return (
    <>
      <PageTitle aside={tenant.data?.settings ? <PauseButton pauses={tenant.data.settings.pauses} /> : null}>
        Overview
      </PageTitle>
      <Stack gap="md">
        <Loaded query={tenant}>{(view) => <Switches tenant={view} />}</Loaded>
        <Loaded query={health}>
          {({ tenantId, directions, quota, incidents }) => (
            <Stack gap="md">
              <Incidents tenantId={tenantId} incidents={incidents.filter(({ state }) => state === 'firing')} />
              <Freshness directions={directions} />
              <Calls quota={quota} />
            </Stack>
          )}
        </Loaded>
        <Loaded query={query}>
          {(overview) => (
            <Stack gap="lg">
              <States states={overview.states} />
              <Attention overview={overview} />
              <Loaded query={trends}>
                {(found) => <TenantTrends trends={found} quota={health.data?.quota ?? null} />}
              </Loaded>
              <Reasons reasons={overview.reasons} />
            </Stack>
          )}
        </Loaded>
      </Stack>
    </>
  );
}

/** Whether it runs at all, and what holds writing up. */
function Switches({ tenant: { settings, lanes, tenantId } }: { readonly tenant: TenantView }) {
  const troubled = lanes.filter(({ state }) => state !== 'open');
  const pauses = settings?.pauses ?? [];
  if (settings?.enabled !== false && troubled.length + pauses.length === 0) return null;
  return (
    <Stack gap="xs">
      {settings?.enabled === false ? (
        <Alert color="yellow" variant="light" title="Two-way sync is switched off">
          Nothing is written to either system.{' '}
          <Anchor component={Link} href={`/t/${tenantId}/settings`} size="sm">
            Open the Settings Centre
          </Anchor>
        </Alert>
      ) : null}
      <Pauses pauses={pauses} />
      {troubled.map((lane) => (
        <Alert
          key={lane.side}
          color="red"
          variant="light"
          title={`${sideWord(lane.side)} cannot be written to right now`}
        >
          {asWords(lane.code)}, {lane.failures} times since <TimeAgo at={lane.changedAt} />. It is tried again by
          itself.
        </Alert>
      ))}
    </Stack>
  );
}

function States({ states }: { readonly states: OverviewAnswer['states'] }) {
  const tenant = useTenantId();
  const total = Object.values(states).reduce((sum, count) => sum + count, 0);
  const shown = Object.entries(STATE_WORDS).map(([state, words]) => ({
    ...words,
    state,
    count: states[state as keyof typeof states],
  }));
  return (
    <section aria-label="Records by state">
      <Progress.Root size={18} mb="md" aria-hidden="true">
        {shown.map(({ state, color, count }) => (
          <Progress.Section key={state} value={total === 0 ? 0 : (100 * count) / total} color={`${color}.5`} />
        ))}
      </Progress.Root>
      <SimpleGrid cols={{ base: 2, xs: 3, lg: 6 }}>
        {shown.map(({ state, word, count }) => (
          <Card withBorder key={state} padding="sm" component={Link} href={`/t/${tenant}/records?state=${state}`}>
            <Text size="sm" c="dimmed">
              {word}
            </Text>
            <Text fz={28} fw={700} lh={1.2} c={count > 0 && state === 'stopped' ? 'red' : 'bright'}>
              {count.toLocaleString('en')}
            </Text>
          </Card>
        ))}
      </SimpleGrid>
    </section>
  );
}

function Attention({ overview: { openQuestions, quarantined } }: { readonly overview: OverviewAnswer }) {
  const tenant = useTenantId();
  if (openQuestions + quarantined === 0) return null;
  return (
    <Group>
      {openQuestions === 0 ? null : (
        <Anchor component={Link} href={`/t/${tenant}/conflicts?open=true`}>
          {openQuestions} open {openQuestions === 1 ? 'question' : 'questions'}
        </Anchor>
      )}
      {quarantined === 0 ? null : <Text>{quarantined} records of the topics could not be read.</Text>}
    </Group>
  );
}

function Reasons({ reasons }: { readonly reasons: OverviewAnswer['reasons'] }) {
  const tenant = useTenantId();
  return (
    <section aria-label="Reasons">
      <Title order={2} size="h4" mb="xs">
        Why records are as they are
      </Title>
      <Table.ScrollContainer minWidth={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={140}>Records</Table.Th>
              <Table.Th w={160}>State</Table.Th>
              <Table.Th>Reason</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {reasons.map(({ entity, state, reason, sentence, action, count }) => (
              <Table.Tr key={`${entity} ${state} ${reason}`}>
                <Table.Td>
                  <Anchor
                    component={Link}
                    size="sm"
                    href={`/t/${tenant}/records?entity=${entity}&state=${state}&reason=${reason}`}
                  >
                    {count.toLocaleString('en')} {entity === 'company' ? 'companies' : 'contacts'}
                  </Anchor>
                </Table.Td>
                <Table.Td>
                  <StateBadge state={state} />
                </Table.Td>
                <Table.Td>
                  <Reason sentence={sentence} action={action} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}
