/** What needs somebody, or is tried again and again: by reason, with what to do, one, a group or all. */
import { Anchor, Button, Card, Group, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useMakePlan } from '../lib/plans.ts';
import { useTenantId, useTenantQuery } from '../lib/queries.ts';
import type { FailingAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Nothing, PageTitle, Trouble } from '../parts/feedback.tsx';
import { Reason, StateBadge } from '../parts/standing.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';

type Group_ = FailingAnswer['groups'][number];

/** The page. */
export function Failing() {
  const query = useTenantQuery<FailingAnswer>('/failing');
  const make = useMakePlan();
  return (
    <>
      <PageTitle
        aside={
          <Allowed actions={['retry']}>
            <Button
              variant="default"
              disabled={(query.data?.groups.length ?? 0) === 0}
              loading={make.isPending}
              onClick={() => make.mutate({ kind: 'retry' })}
            >
              Retry all
            </Button>
          </Allowed>
        }
      >
        Failing
      </PageTitle>
      <Loaded query={query}>
        {({ groups }) =>
          groups.length === 0 ? (
            <Nothing title="Nothing fails">Every record is in sync, waits its turn, or takes no part.</Nothing>
          ) : (
            <Stack gap="sm">
              {groups.map((group) => (
                <GroupCard
                  key={`${group.state} ${group.reason}`}
                  group={group}
                  onRetry={() => make.mutate({ kind: 'retry', reason: group.reason })}
                />
              ))}
            </Stack>
          )
        }
      </Loaded>
      {make.error === null ? null : <Trouble error={make.error} />}
    </>
  );
}

function GroupCard({ group, onRetry }: { readonly group: Group_; readonly onRetry: () => void }) {
  const tenant = useTenantId();
  const { count, reason, state } = group;
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={4}>
          <Group gap="xs">
            <Text fw={700}>{count}</Text>
            <StateBadge state={state} />
          </Group>
          <Reason sentence={group.sentence} action={group.action} />
          <Text size="xs" c="dimmed">
            First seen <TimeAgo at={group.firstSeen} />, last <TimeAgo at={group.lastSeen} />
          </Text>
        </Stack>
        <Group gap="xs">
          <Anchor component={Link} href={`/t/${tenant}/records?state=${state}&reason=${reason}`} size="sm">
            Show records
          </Anchor>
          <Allowed actions={['retry']}>
            <Button variant="default" size="compact-sm" aria-label={`Retry: ${group.sentence}`} onClick={onRetry}>
              Retry
            </Button>
          </Allowed>
        </Group>
      </Group>
    </Card>
  );
}
