/** One plan: what it would write and what it costs, which of it is approved, how far it is, and what came of it. */
import { Button, Checkbox, Group, List, Progress, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useParams } from 'wouter';
import { ITEM_STATES, PLAN_STATES, useOrderPlan } from '../lib/plans.ts';
import { useTenantPages, useTenantQuery } from '../lib/queries.ts';
import type { PlanAnswer, PlanItemsAnswer } from '../lib/types.ts';
import { Allowed } from '../parts/allowed.tsx';
import { Loaded, Nothing, PageTitle, Trouble } from '../parts/feedback.tsx';
import { More } from '../parts/more.tsx';
import { Reason } from '../parts/standing.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { WordBadge } from '../parts/word-badge.tsx';
import { PlanItems } from './plan-items.tsx';

const COUNT = new Intl.NumberFormat('en');
const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const SHOWN = [
  { value: 'all', label: 'All' },
  { value: 'planned', label: 'Planned' },
  { value: 'excluded', label: 'Not given' },
  { value: 'given', label: 'Given' },
];

/** The page. */
export function PlanPage() {
  const { planId = '' } = useParams<{ planId: string }>();
  const plan = useTenantQuery<PlanAnswer>(`/plans/${encodeURIComponent(planId)}`);
  const [leftOut, setLeftOut] = useState<ReadonlySet<number>>(new Set());
  return (
    <Loaded query={plan}>
      {(answer) => (
        <>
          <PageTitle>{answer.title}</PageTitle>
          <Stack gap="lg">
            <Head plan={answer} />
            <Costs plan={answer} />
            <Advance plan={answer} />
            <Orders plan={answer} leftOut={leftOut} />
            <Reasons plan={answer} />
            <Items plan={answer} leftOut={leftOut} onLeaveOut={setLeftOut} />
          </Stack>
        </>
      )}
    </Loaded>
  );
}

function Head({ plan: { state, by, at, changedBy, changedAt } }: { readonly plan: PlanAnswer }) {
  return (
    <Group gap="sm">
      <WordBadge code={state} words={PLAN_STATES} />
      <Text size="sm" c="dimmed">
        Made by {by} <TimeAgo at={at} />
        {changedAt === at ? null : (
          <>
            , last order by {changedBy} <TimeAgo at={changedAt} />
          </>
        )}
      </Text>
    </Group>
  );
}

function Costs({ plan }: { readonly plan: PlanAnswer }) {
  const { toGive, writes, calls, unleashedMonthShare, minutes, counts } = plan;
  const count = (number: number): string => COUNT.format(number);
  return (
    <List size="sm" aria-label="What it means">
      <List.Item>
        {count(toGive)} {toGive === 1 ? 'order' : 'orders'}
        {counts.excluded > 0 ? `, ${count(counts.excluded)} more are excluded` : ''}
        {counts['left-out'] > 0 ? `, ${count(counts['left-out'])} were left out` : ''}
      </List.Item>
      <List.Item>
        {count(writes.crm)} {writes.crm === 1 ? 'value' : 'values'} would be written in the CRM,{' '}
        {count(writes.unleashed)} in Unleashed
      </List.Item>
      <List.Item>
        About {count(calls.crm)} calls of the CRM and {count(calls.unleashed)} of Unleashed (
        {PERCENT.format(unleashedMonthShare)} of a month), {minutes <= 1 ? 'a minute' : `${count(minutes)} minutes`}{' '}
        beside the work of people
      </List.Item>
    </List>
  );
}

/** How far it is, in numbers and as a bar. */
function Advance({ plan: { state, counts, toGive } }: { readonly plan: PlanAnswer }) {
  if (state === 'draft') return null;
  const settled = counts.done + counts.refused + counts.failing;
  const parts = Object.entries(counts).filter(([name, n]) => n > 0 && name !== 'excluded' && name !== 'left-out');
  return (
    <Stack gap={4} component="section" aria-label="Progress">
      <Progress
        value={toGive === 0 ? 100 : (100 * settled) / toGive}
        color={state === 'paused' ? 'yellow' : 'teal'}
        aria-label="Settled"
        size="lg"
      />
      <Text size="sm" aria-live="polite">
        {settled} of {toGive} settled:{' '}
        {parts.map(([name, n]) => `${n} ${ITEM_STATES[name]?.word.toLowerCase()}`).join(', ')}
      </Text>
    </Stack>
  );
}

/** What can be ordered about it now. */
function Orders({ plan, leftOut }: { readonly plan: PlanAnswer; readonly leftOut: ReadonlySet<number> }) {
  const order = useOrderPlan(plan.planId);
  const { state, kind } = plan;
  const ordering = (one: 'pause' | 'resume' | 'cancel', label: string) => (
    <Button key={one} variant="default" loading={order.isPending} onClick={() => order.mutate({ kind: one })}>
      {label}
    </Button>
  );
  if (state === 'cancelled' || state === 'done') return null;
  return (
    <Allowed actions={[kind]}>
      <Group>
        {state === 'draft' ? (
          <Button
            loading={order.isPending}
            disabled={leftOut.size >= plan.items}
            onClick={() => order.mutate({ kind: 'approve', leaveOut: [...leftOut] })}
          >
            {leftOut.size === 0 ? 'Approve' : 'Approve what is chosen'}
          </Button>
        ) : null}
        {state === 'running' ? ordering('pause', 'Pause') : null}
        {state === 'paused' ? ordering('resume', 'Go on') : null}
        {ordering('cancel', 'Cancel the plan')}
      </Group>
      {order.error === null ? null : <Trouble error={order.error} />}
    </Allowed>
  );
}

function Reasons({ plan: { reasons } }: { readonly plan: PlanAnswer }) {
  if (reasons.length === 0) return null;
  return (
    <section aria-label="Reasons">
      <Title order={2} size="h4" mb="xs">
        Why not all, or not yet
      </Title>
      <Stack gap={6}>
        {reasons.map(({ state, reason, sentence, action, count }) => (
          <Group key={`${state} ${reason}`} gap="xs" wrap="nowrap" align="baseline">
            <Text size="sm" fw={600} miw={32}>
              {count}
            </Text>
            <WordBadge code={state} words={ITEM_STATES} />
            <Reason sentence={sentence} action={action} />
          </Group>
        ))}
      </Stack>
    </section>
  );
}

interface ItemsProps {
  readonly plan: PlanAnswer;
  readonly leftOut: ReadonlySet<number>;
  readonly onLeaveOut: (numbers: ReadonlySet<number>) => void;
}

/** Its orders, one by one; before approval each can be left out. */
function Items({ plan, leftOut, onLeaveOut }: ItemsProps) {
  const [show, setShow] = useState('all');
  const list = useTenantPages<PlanItemsAnswer>(`/plans/${plan.planId}/items?show=${show}`);
  const isDraft = plan.state === 'draft';
  const all = (): ReadonlySet<number> => new Set(Array.from({ length: plan.items }, (_, number) => number));
  return (
    <section aria-label="Orders">
      <Group mb="xs" justify="space-between">
        <SegmentedControl aria-label="Which orders" data={SHOWN} value={show} onChange={setShow} size="xs" />
        {isDraft ? (
          <Checkbox
            label="All of them"
            checked={leftOut.size === 0}
            indeterminate={leftOut.size > 0 && leftOut.size < plan.items}
            onChange={(event) => onLeaveOut(event.currentTarget.checked ? new Set() : all())}
          />
        ) : null}
      </Group>
      <Loaded query={list}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <Nothing title="No such order">Choose others above.</Nothing>;
          return (
            <Stack gap="sm">
              <PlanItems items={items} {...(isDraft ? { leftOut, onLeaveOut } : {})} />
              <More list={list} />
            </Stack>
          );
        }}
      </Loaded>
    </section>
  );
}
