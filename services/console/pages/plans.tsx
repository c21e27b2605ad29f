/** Plans: what waits for one, and those that were made, with how far each is. */
import { Anchor, Button, Card, Group, Progress, Stack, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { PLAN_STATES, useMakePlan } from '../lib/plans.ts';
import { useTenantId, useTenantPages } from '../lib/queries.ts';
import type { PlansAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Nothing, PageTitle, Trouble } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { Reason } from '../parts/standing.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { WordBadge } from '../parts/word-badge.tsx';

/** The page. */
export function Plans() {
  const list = useTenantPages<PlansAnswer>('/plans');
  return (
    <>
      <PageTitle>Plans</PageTitle>
      <Loaded query={list}>
        {({ pages }) => {
          const plans = pages.flatMap((page) => page.plans);
          return (
            <Stack gap="lg">
              <Waiting groups={pages[0]?.waiting ?? []} />
              {plans.length === 0 ? (
                <Nothing title="No plan yet">
                  What is done to many records at once is a plan: retries, restores, and what the breaker holds. It is
                  shown here with its cost, and nothing is written before you approve it.
                </Nothing>
              ) : (
                <PlanTable plans={plans} />
              )}
              <More list={list} />
            </Stack>
          );
        }}
      </Loaded>
    </>
  );
}

/** Records that wait until somebody makes a plan and approves it. */
function Waiting({ groups }: { readonly groups: PlansAnswer['waiting'] }) {
  const make = useMakePlan();
  if (groups.length === 0) return null;
  return (
    <Stack gap="sm" component="section" aria-label="Waits for approval">
      {groups.map(({ kind, count, sentence, action }) => (
        <Card key={kind} withBorder padding="md">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Stack gap={4}>
              <Text fw={700}>{count === 1 ? '1 record' : `${count} records`}</Text>
              <Reason sentence={sentence} action={action} />
            </Stack>
            <Allowed actions={[kind]}>
              <Group gap="xs">
                <Button size="compact-sm" loading={make.isPending} onClick={() => make.mutate({ kind })}>
                  {kind === 'release' ? 'Plan the release' : 'Plan the alignment'}
                </Button>
                {kind === 'release' ? (
                  <Button
                    size="compact-sm"
                    variant="default"
                    loading={make.isPending}
                    onClick={() => make.mutate({ kind: 'refuse' })}
                  >
                    Plan the refusal
                  </Button>
                ) : null}
              </Group>
            </Allowed>
          </Group>
        </Card>
      ))}
      {make.error === null ? null : <Trouble error={make.error} />}
    </Stack>
  );
}

function PlanTable({ plans }: { readonly plans: PlansAnswer['plans'] }) {
  const tenant = useTenantId();
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Plan</Table.Th>
            <Table.Th w={170}>State</Table.Th>
            <Table.Th w={200}>Orders given</Table.Th>
            <Table.Th w={160}>Made</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {plans.map(({ planId, title, by, at, state, items, given, toGive }) => (
            <Table.Tr key={planId}>
              <Table.Td>
                <Anchor component={Link} href={`/t/${tenant}/plans/${planId}`} fw={600} size="sm">
                  {title}
                </Anchor>
                <Text size="xs" c="dimmed">
                  {items === 1 ? '1 order' : `${items} orders`}, by {by}
                </Text>
              </Table.Td>
              <Table.Td>
                <WordBadge code={state} words={PLAN_STATES} />
              </Table.Td>
              <Table.Td>
                <Text size="sm">
                  {given} of {toGive}
                </Text>
                {state === 'running' || state === 'paused' ? (
                  <Progress value={toGive === 0 ? 0 : (100 * given) / toGive} aria-label={`Orders given: ${title}`} />
                ) : null}
              </Table.Td>
              <Table.Td>
                <TimeAgo at={at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
