/** One record: both sides field by field, why it is so, what happened, and what can be done. */
import { Alert, Anchor, Badge, Card, Group, Stack, Text, Title } from '@mantine/core';
import { Link, useParams } from 'wouter';
import { useTenantId, useTenantQuery } from '../lib/queries.ts';
import type { RecordAnswer } from '../lib/types.ts';
import { asWords, MATCHES, sideWord } from '../lib/words.ts';
import { Loaded, PageTitle } from '../parts/feedback.tsx';
import { Reason, StateBadge } from '../parts/standing.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { RecordActions } from './record-actions.tsx';
import { ContactButton } from './record-button.tsx';
import { RecordConflicts } from './record-conflicts.tsx';
import { RecordFields } from './record-fields.tsx';
import { Lookalikes } from './record-lookalikes.tsx';
import { Timeline } from './record-timeline.tsx';

/** The page. */
export function RecordPage() {
  const tenant = useTenantId();
  const { entity = '', id = '' } = useParams<{ entity: string; id: string }>();
  const path = `/records/${entity}/${encodeURIComponent(decodeURIComponent(id))}`;
  const query = useTenantQuery<RecordAnswer>(path);
  return (
    <Stack gap="md">
      <Anchor component={Link} href={`/t/${tenant}/records`} size="sm">
        ← Records
      </Anchor>
      <Loaded query={query}>
        {(record) => (
          <Stack gap="md">
            <div>
              <PageTitle aside={<RecordActions record={record} />}>{record.name || '(no name)'}</PageTitle>
              <Group gap="xs">
                <Badge variant="default" tt="none">
                  {record.entity === 'company' ? 'Company' : 'Contact'}
                </Badge>
                {record.code === '' ? null : <Text size="sm">{record.code}</Text>}
                <StateBadge state={record.state} />
                <Reason sentence={record.sentence} action={record.action} />
              </Group>
            </div>
            <UnderWay record={record} />
            {record.button === null ? null : <ContactButton button={record.button} crmId={record.crmId ?? ''} />}
            <Lookalikes record={record} />
            <RecordFields record={record} path={path} />
            <Sides record={record} />
            {record.match === null ? null : (
              <Text size="sm" c="dimmed">
                Taken for the same by {MATCHES[record.match.by] ?? record.match.by} ({record.match.confidence}).
              </Text>
            )}
            <RecordConflicts record={record} />
            <section aria-label="Timeline">
              <Title order={2} size="h4" mb="sm">
                Timeline
              </Title>
              <Timeline path={path} />
            </section>
          </Stack>
        )}
      </Loaded>
    </Stack>
  );
}

/** A write that was ordered and not answered, or that is tried again. */
function UnderWay({ record: { inFlight, retry } }: { readonly record: RecordAnswer }) {
  return (
    <>
      {inFlight === null ? null : (
        <Alert variant="light" color="blue" title={`A write to ${sideWord(inFlight.side)} is under way`}>
          {asWords(inFlight.op)}, ordered <TimeAgo at={inFlight.since} />.
        </Alert>
      )}
      {retry === null ? null : (
        <Alert variant="light" color="yellow" title={`Writing to ${sideWord(retry.side)} is tried again`}>
          Try {retry.attempt + 1} at {new Date(retry.at).toLocaleTimeString()}. {retry.message}
        </Alert>
      )}
    </>
  );
}

/** What each side is: its id, who touched it last, when it was read. */
function Sides({ record }: { readonly record: RecordAnswer }) {
  return (
    <Group grow align="stretch" gap="md">
      {(['crm', 'unleashed'] as const).map((name) => {
        const side = record[name];
        return (
          <Card withBorder key={name} padding="sm" miw={260}>
            <Group justify="space-between">
              <Text fw={600}>{sideWord(name)}</Text>
              {record.links[name] === null ? null : (
                <Anchor href={record.links[name]} target="_blank" rel="noreferrer" size="sm">
                  Open in {sideWord(name)} ↗
                </Anchor>
              )}
            </Group>
            {side === null ? (
              <Text size="sm" c="dimmed">
                Not there.
              </Text>
            ) : (
              <Stack gap={2}>
                <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                  {side.id}
                </Text>
                <Text size="sm" c="dimmed">
                  Read <TimeAgo at={side.readAt} />
                  {side.updatedAt === null ? null : (
                    <>
                      , changed there <TimeAgo at={side.updatedAt} />
                      {side.updatedBy === null ? '' : ` by ${side.updatedBy}`}
                    </>
                  )}
                </Text>
                <Text size="sm" c="dimmed">
                  {side.confirmedAt === null ? (
                    'Never written by this sync'
                  ) : (
                    <>
                      Our last write took effect <TimeAgo at={side.confirmedAt} />
                    </>
                  )}
                </Text>
                {side.deleted ? <Text size="sm">Deleted there.</Text> : null}
                {side.active || side.inactiveReason === '' ? null : (
                  <Text size="sm">{asWords(side.inactiveReason)}.</Text>
                )}
              </Stack>
            )}
          </Card>
        );
      })}
    </Group>
  );
}
