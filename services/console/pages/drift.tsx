/** Drift: checks of both sides against what the sync knows, what they found, and the safe repair of it. */
import {
  Alert,
  Badge,
  Button,
  Card,
  Group,
  Progress,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { useSearchParams } from 'wouter';
import { useOrder, useTenantQuery } from '../lib/queries.ts';
import type { DriftAnswer } from '../lib/types.ts';
import { asWords } from '../lib/words.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Nothing, PageTitle, Trouble } from '../parts/feedback.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { DriftDifferences } from './drift-differences.tsx';

type Check = DriftAnswer['checks'][number];

const STATES: Readonly<Record<Check['state'], { word: string; color: string }>> = {
  queued: { word: 'Waits for its turn', color: 'blue' },
  comparing: { word: 'Comparing', color: 'blue' },
  confirming: { word: 'Confirming', color: 'blue' },
  finished: { word: 'Finished', color: 'teal' },
  failed: { word: 'Failed', color: 'red' },
};

const isOpen = ({ state }: Check): boolean => state !== 'finished' && state !== 'failed';

/** The page. */
export function Drift() {
  const list = useTenantQuery<DriftAnswer>('/drift');
  const order = useOrder();
  return (
    <>
      <PageTitle>Drift</PageTitle>
      <Text size="sm" mb="md" maw={760}>
        A check reads both systems and compares every value with what the sync knows. What somebody is just editing is
        left out; what stands is confirmed by two more reads before it is shown here.
      </Text>
      <Loaded query={list}>
        {({ checks }) => (
          <Stack gap="lg">
            <Allowed actions={['check-drift']}>
              <Group>
                <Button
                  loading={order.isPending}
                  disabled={checks.some(isOpen)}
                  onClick={() => order.mutate({ kind: 'check-drift' })}
                >
                  Check now
                </Button>
                <Text size="sm" c="dimmed">
                  {costOf(checks)}
                </Text>
              </Group>
            </Allowed>
            {order.error === null ? null : <Trouble error={order.error} />}
            {checks.length === 0 ? (
              <Nothing title="No check yet">One runs each night; ‘Check now’ begins one at once.</Nothing>
            ) : (
              <Checks checks={checks} />
            )}
          </Stack>
        )}
      </Loaded>
    </>
  );
}

/** What a check costs, from the last one that finished. */
function costOf(checks: readonly Check[]): string {
  const last = checks.find(({ state }) => state === 'finished');
  const calls = last === undefined ? 'a call for about 500 records' : callsText(last);
  return `It only reads: ${calls}, after people’s edits.`;
}

function callsText({ calls }: Check): string {
  return `${calls.crm} calls of the CRM and ${calls.unleashed} of Unleashed`;
}

/** The check that is looked at, and the others to choose from. */
function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const [params, setParams] = useSearchParams();
  const shown = checks.find(({ checkId }) => checkId === params.get('check')) ?? checks[0];
  if (shown === undefined) return null;
  return (
    <>
      <Report check={shown} />
      {shown.differences > 0 ? <DriftDifferences check={shown} /> : null}
      <Card withBorder padding="md" component="section" aria-label="Checks">
        <Title order={2} size="h4" mb="sm">
          Checks
        </Title>
        <Table.ScrollContainer minWidth={560}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>Why</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Differences</Table.Th>
                <Table.Th>
                  <VisuallyHidden component="span">Actions</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {checks.map((check) => (
                <Table.Tr key={check.checkId} aria-current={check === shown ? 'true' : undefined}>
                  <Table.Td>
                    <TimeAgo at={check.requestedAt} />
                  </Table.Td>
                  <Table.Td>{check.cause === 'nightly' ? 'Nightly' : `Ordered by ${check.requestedBy}`}</Table.Td>
                  <Table.Td>
                    <StateBadge check={check} />
                  </Table.Td>
                  <Table.Td>{check.differences}</Table.Td>
                  <Table.Td>
                    <Button
                      size="compact-xs"
                      variant="light"
                      disabled={check === shown}
                      onClick={() => setParams({ check: check.checkId }, { replace: true })}
                    >
                      Show
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Card>
    </>
  );
}

function StateBadge({ check: { state } }: { readonly check: Check }) {
  const { word, color } = STATES[state];
  return (
    <Badge variant="light" tt="none" color={color}>
      {word}
    </Badge>
  );
}

/** How a check stands, or what it came to. */
function Report({ check }: { readonly check: Check }) {
  const { state, companies, contacts, expected, equal, inFlight, explained, differences, unconfirmed } = check;
  const read = companies + contacts;
  return (
    <Card withBorder padding="md" component="section" aria-label="Report" data-drift={state}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {check.cause === 'nightly' ? 'Nightly check' : 'Check'} <TimeAgo at={check.requestedAt} />
          </Title>
          <StateBadge check={check} />
        </Group>
        {isOpen(check) ? (
          <Progress
            value={state === 'confirming' ? 100 : Math.min(99, (100 * read) / Math.max(expected, read, 1))}
            animated
            aria-label="Progress"
          />
        ) : null}
        <Text size="sm" role="status">
          {sentenceOf(check)}
        </Text>
        {state === 'failed' ? (
          <Alert color="red" variant="light">
            {check.message}
          </Alert>
        ) : null}
        <SimpleGrid cols={{ base: 2, sm: 4 }}>
          <Figure count={differences} label="differences" />
          <Figure count={equal} label="values as they should be" />
          <Figure count={inFlight} label="left out: on their way" />
          <Figure count={explained.reduce((sum, { count }) => sum + count, 0)} label="differ for a known reason" />
        </SimpleGrid>
        {unconfirmed === 0 ? null : (
          <Text size="sm">{unconfirmed} more were not looked at again: repair these, then check once more.</Text>
        )}
        {explained.map(({ reason, sentence, count }) => (
          <Text size="sm" key={reason}>
            {count} × {sentence}
          </Text>
        ))}
      </Stack>
    </Card>
  );
}

function Figure({ count, label }: { readonly count: number; readonly label: string }) {
  return (
    <div>
      <Text fw={700} size="xl">
        {count.toLocaleString()}
      </Text>
      <Text size="sm">{label}</Text>
    </div>
  );
}

function sentenceOf(check: Check): string {
  const { state, companies, contacts, confirmAt, startedAt, finishedAt, kinds } = check;
  const read = `${companies} companies and ${contacts} contacts read`;
  if (state === 'queued') return 'It waits for its turn.';
  if (state === 'comparing') return `${read} so far, both sides counted.`;
  if (state === 'confirming') {
    const at = confirmAt === null ? 'soon' : `at ${new Date(confirmAt).toLocaleTimeString()}`;
    return `${read}. What differs is given time and is read again ${at}.`;
  }
  if (state === 'failed') return 'It could not be finished; the next one begins anew.';
  const seconds = Math.round((Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')) / 1000);
  const found = Object.entries(kinds).map(([kind, count]) => `${count} × ${asWords(kind).toLowerCase()}`);
  const result = found.length === 0 ? 'Both sides are as the sync knows them' : found.join(', ');
  return `${result}. ${read} in ${seconds} s, ${callsText(check)}.`;
}
