/** What needs somebody, or is tried again and again: by reason, with what to do, one, a group or all. */
import { Anchor, Button, Card, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { get } from '../lib/api.ts';
import { useBulk } from '../lib/bulk.ts';
import { useTenantId, useTenantQuery } from '../lib/queries.ts';
import type { FailingAnswer, RecordsAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { BulkBar } from '../parts/bulk-progress.tsx';
import { Loaded, Nothing, PageTitle, Trouble } from '../parts/feedback.tsx';
import { Reason, StateBadge } from '../parts/standing.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';

type Group_ = FailingAnswer['groups'][number];
type Row = RecordsAnswer['records'][number];

/** Records that one click may retry; more are left for the next. */
const RETRIES_MAX = 10_000;
const PAGE_ROWS = 200;

/** The page. */
export function Failing() {
  const query = useTenantQuery<FailingAnswer>('/failing');
  const [asked, setAsked] = useState<readonly Group_[] | null>(null);
  return (
    <>
      <PageTitle
        aside={
          <Allowed actions={['retry']}>
            <Button
              variant="default"
              disabled={(query.data?.groups.length ?? 0) === 0}
              onClick={() => setAsked(query.data?.groups ?? [])}
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
                <GroupCard key={`${group.state} ${group.reason}`} group={group} onRetry={() => setAsked([group])} />
              ))}
            </Stack>
          )
        }
      </Loaded>
      {asked === null ? null : <ConfirmRetry groups={asked} onClose={() => setAsked(null)} />}
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
            <Button variant="default" size="compact-md" aria-label={`Retry: ${group.sentence}`} onClick={onRetry}>
              Retry
            </Button>
          </Allowed>
        </Group>
      </Group>
    </Card>
  );
}

/** Says what it costs before anything is tried. */
function ConfirmRetry({ groups, onClose }: { readonly groups: readonly Group_[]; readonly onClose: () => void }) {
  const tenant = useTenantId();
  const [collecting, setCollecting] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  const bulk = useBulk<Row>(({ crmId, unleashedId, entity }) => ({
    ...{ kind: 'retry', entity },
    ...(crmId === null ? { side: 'unleashed', recordId: unleashedId ?? '' } : { side: 'crm', recordId: crmId }),
  }));
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const start = async (): Promise<void> => {
    setCollecting(true);
    try {
      bulk.run(await recordsOf(tenant, groups));
    } catch (error) {
      setTrouble(error);
    }
    setCollecting(false);
  };
  const done = bulk.progress !== null && !bulk.isRunning;
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Retry ${count} records`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      centered
    >
      <Stack>
        <Text size="sm">
          Each record is tried again now: about {count} to {count * 2} calls, taken from this tenant’s quota after live
          edits. What is still wrong comes back here.
        </Text>
        {trouble === null ? null : <Trouble error={trouble} />}
        <BulkBar progress={bulk.progress} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {done ? 'Close' : 'Cancel'}
          </Button>
          {done ? null : (
            <Button loading={collecting || bulk.isRunning} onClick={() => void start()} data-autofocus>
              Retry
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

async function recordsOf(tenant: string, groups: readonly Group_[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { state, reason } of groups) {
    let next: string | null = '';
    while (next !== null && rows.length < RETRIES_MAX) {
      const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`;
      const page: RecordsAnswer = await get(
        `/tenants/${tenant}/records?state=${state}&reason=${reason}&limit=${PAGE_ROWS}${cursor}`,
      );
      rows.push(...page.records);
      next = page.next;
    }
  }
  return rows.slice(0, RETRIES_MAX);
}
