/** All tenants at a glance: for whoever runs it for many. */
import { Anchor, Badge, Box, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { get } from '../lib/api.ts';
import type { AllTrendsAnswer, HealthView } from '../lib/types.ts';
import { sideWord } from '../lib/words.ts';
import { Loaded, PageTitle } from '../parts/feedback.tsx';
import { Calls, Incidents } from '../parts/health.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { AllTrends } from '../parts/trends.tsx';

/** How often the page asks again, milliseconds. */
const REFRESH_MS = 5_000;
const TRENDS_REFRESH_MS = 60_000;

/** The page. */
export function Fleet() {
  const query = useQuery({
    queryKey: ['fleet'],
    queryFn: ({ signal }) => get<{ tenants: HealthView[] }>('/overview', signal),
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
  });
  const trends = useQuery({
    queryKey: ['fleet', 'trends'],
    queryFn: ({ signal }) => get<AllTrendsAnswer>('/trends', signal),
    refetchInterval: TRENDS_REFRESH_MS,
  });
  return (
    <>
      <PageTitle>All tenants</PageTitle>
      <Box mb="lg">
        <Loaded query={trends}>{(found) => <AllTrends trends={found} />}</Loaded>
      </Box>
      <Loaded query={query}>
        {({ tenants }) => (
          <Table.ScrollContainer minWidth={900}>
            <Table verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Tenant</Table.Th>
                  <Table.Th>Every edit before … is applied or explained</Table.Th>
                  <Table.Th ta="right">In sync</Table.Th>
                  <Table.Th ta="right">Waiting</Table.Th>
                  <Table.Th ta="right">Not syncing</Table.Th>
                  <Table.Th ta="right">Failing</Table.Th>
                  <Table.Th w={260}>Calls</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {tenants.map((health) => (
                  <Row key={health.tenantId} health={health} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Loaded>
    </>
  );
}

function Row({ health: { tenantId, name, enabled, states, directions, quota, incidents } }: { health: HealthView }) {
  const count = (...names: (keyof NonNullable<typeof states>)[]): string =>
    states === null ? '…' : names.reduce((sum, state) => sum + states[state], 0).toLocaleString('en');
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td>
        <Anchor component={Link} href={`/t/${tenantId}/overview`}>
          {name || tenantId}
        </Anchor>
        {enabled ? null : (
          <Badge color="gray" variant="light" ml="xs">
            off
          </Badge>
        )}
        <Incidents tenantId={tenantId} incidents={incidents.filter(({ state }) => state === 'firing')} />
      </Table.Td>
      <Table.Td>
        <Stack gap={2}>
          {directions.map(({ from, to, freshUntil }) => (
            <Text size="sm" key={from}>
              {sideWord(from)} → {sideWord(to)}: {freshUntil === null ? 'not known yet' : <TimeAgo at={freshUntil} />}
            </Text>
          ))}
        </Stack>
      </Table.Td>
      <Table.Td ta="right">{count('in-sync')}</Table.Td>
      <Table.Td ta="right">{count('waiting', 'question')}</Table.Td>
      <Table.Td ta="right">{count('off', 'not-eligible')}</Table.Td>
      <Table.Td ta="right">{count('stopped')}</Table.Td>
      <Table.Td>
        <Calls quota={quota} />
      </Table.Td>
    </Table.Tr>
  );
}
