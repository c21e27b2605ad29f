/** How fresh a tenant is, what its calls lead to, and its incidents: on its overview and among all tenants. */
import { Alert, Anchor, Card, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { HealthView } from '../lib/types.ts';
import { asWords, sideWord } from '../lib/words.ts';
import { TimeAgo } from './time-ago.tsx';

type Direction = HealthView['directions'][number];

/** Both directions side by side. */
export function Freshness({ directions }: { readonly directions: readonly Direction[] }) {
  return (
    <section aria-label="Freshness">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {directions.map((direction) => (
          <Card withBorder padding="sm" key={direction.from}>
            <Text size="sm" c="dimmed">
              {sideWord(direction.from)} → {sideWord(direction.to)}
            </Text>
            <FreshUntil direction={direction} />
            <Backlog direction={direction} />
          </Card>
        ))}
      </SimpleGrid>
    </section>
  );
}

/** The promise of a direction, in a sentence. */
function FreshUntil({ direction: { freshUntil, nextRead, trouble } }: { readonly direction: Direction }) {
  return (
    <>
      <Text fw={600}>
        {freshUntil === null
          ? 'Not known yet: not everything has been read'
          : `Every edit before ${clock(freshUntil)} is applied or explained`}
      </Text>
      {freshUntil === null ? null : (
        <Text size="sm" c="dimmed">
          That was <TimeAgo at={freshUntil} />
          {nextRead === null ? '.' : `; the next look is due at ${clock(nextRead)}.`}
        </Text>
      )}
      {trouble === null ? null : (
        <Text size="sm" c="red">
          Cannot be read since {clock(trouble.since)}: {asWords(trouble.code.toLowerCase().replaceAll('_', '-'))}.
        </Text>
      )}
    </>
  );
}

function Backlog({ direction: { waiting, oldestWaiting, clearedBy } }: { readonly direction: Direction }) {
  if (waiting === 0) return <Text size="sm">Nothing waits.</Text>;
  return (
    <Text size="sm">
      {waiting.toLocaleString('en')} {waiting === 1 ? 'record waits' : 'records wait'}
      {oldestWaiting === null ? '' : `, the oldest edit from ${moment(oldestWaiting)}`}
      {clearedBy === null ? '; writing is held up.' : `; through by ${moment(clearedBy)} as the calls allow.`}
    </Text>
  );
}

/** The calls of the month: used, and where they lead. The bar says what the sentence below it says. */
export function Calls({ quota }: { readonly quota: HealthView['quota'] }) {
  if (quota === null) return null;
  const { usedCalls, limitCalls, forecastCalls, callsPerDay, spentAt, resetsAt } = quota;
  const share = (calls: number): number => (limitCalls === 0 ? 100 : Math.min(100, (100 * calls) / limitCalls));
  const color = spentAt === null ? 'teal' : 'red';
  return (
    <section aria-label="Calls of the month">
      <Text size="sm" c="dimmed" mb={4}>
        Unleashed calls of the month
      </Text>
      <Progress.Root size={14} aria-hidden="true">
        <Progress.Section value={share(usedCalls)} color={`${color}.6`} />
        <Progress.Section value={Math.max(0, share(forecastCalls) - share(usedCalls))} color={`${color}.2`} />
      </Progress.Root>
      <Text size="sm" mt={4}>
        {usedCalls.toLocaleString('en')} of {limitCalls.toLocaleString('en')} used, {callsPerDay.toLocaleString('en')} a
        day.{' '}
        {spentAt === null
          ? `At this pace ${forecastCalls.toLocaleString('en')} by ${moment(resetsAt)}.`
          : `At this pace they are spent at ${moment(spentAt)}; the next ones come at ${moment(resetsAt)}.`}
      </Text>
    </section>
  );
}

type Incident = HealthView['incidents'][number];

/** What each rule of the alerts is about. */
const RULES: Readonly<Record<string, string>> = {
  freshness: 'Edits are late',
  failing: 'Many records fail',
  quota: 'Calls run out',
  credentials: 'Credentials are refused',
  unreadable: 'A side cannot be read',
  lane: 'A side cannot be written to',
  drift: 'A comparison of both sides found differences',
  breaker: 'The breaker holds a mass change',
};

/** Incidents, one below the other; nothing when there are none. */
export function Incidents({
  tenantId,
  incidents,
}: {
  readonly tenantId: string;
  readonly incidents: readonly Incident[];
}) {
  if (incidents.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Incidents">
      {incidents.map((incident) => (
        <Alert
          key={`${incident.rule} ${incident.subject} ${incident.firedAt}`}
          color={incident.state === 'firing' ? 'red' : 'gray'}
          variant="light"
          title={titleOf(incident)}
        >
          Since {moment(incident.since)}
          {incident.resolvedAt === null ? '' : `, over at ${moment(incident.resolvedAt)}`}
          {incident.detail === '' ? '' : `; ${asWords(incident.detail.toLowerCase().replaceAll('_', '-'))}`}.
          {incident.state === 'firing' ? <HowMuch tenantId={tenantId} incident={incident} /> : null}
          {incident.lastError === '' ? '' : ` The webhook did not take it: ${incident.lastError}.`}
          {incident.pausedLane ? ' Writing was paused because of it.' : ''}
        </Alert>
      ))}
    </Stack>
  );
}

/** What was measured when it began; for what the breaker holds, where to decide on it. */
function HowMuch({ tenantId, incident: { rule, value } }: { readonly tenantId: string; readonly incident: Incident }) {
  const amount = value.toLocaleString('en');
  if (rule === 'failing') return ` ${amount} % of the records failed when it began.`;
  if (rule === 'quota') return ` ${amount} % of the month's calls were used when it began.`;
  if (rule === 'drift') return ` ${amount} ${value === 1 ? 'difference' : 'differences'}.`;
  if (rule !== 'breaker') return null;
  return (
    <>
      {` ${amount} ${value === 1 ? 'record waited' : 'records waited'} for approval when it began: decide on them under `}
      <Anchor component={Link} href={`/t/${tenantId}/plans`} size="sm" underline="always">
        Plans
      </Anchor>
      .
    </>
  );
}

function titleOf({ rule, subject }: Incident): string {
  const what = RULES[rule] ?? asWords(rule);
  return subject === '' ? what : `${what}: ${sideWord(subject)}`;
}

/** Hour, minute and second of a day; the day too when it is not today. */
function clock(at: string): string {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  const hour = time.toLocaleTimeString('en-GB');
  return isToday ? hour : `${time.toLocaleDateString('en-GB')}, ${hour}`;
}

function moment(at: string): string {
  return new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}
