/** Plans: made of what a page shows, looked at, and ordered about. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { send } from './api.ts';
import { useTenantId } from './queries.ts';
import type { PlanAnswer } from './types.ts';

/** What a plan is made of: the body of `POST …/plans`. */
export type PlanBody = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** Makes a plan and opens its page: nothing is ordered before it is approved there. */
export function useMakePlan() {
  const tenant = useTenantId();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  return useMutation({
    mutationFn: (body: PlanBody) => send<PlanAnswer>('POST', `/tenants/${tenant}/plans`, body),
    onSuccess: ({ planId }) => navigate(`/t/${tenant}/plans/${planId}`),
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
}

/** Orders something about a plan. */
export function useOrderPlan(planId: string) {
  const tenant = useTenantId();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { kind: 'approve' | 'pause' | 'resume' | 'cancel'; leaveOut?: readonly number[] }) =>
      send<PlanAnswer>('POST', `/tenants/${tenant}/plans/${planId}/orders`, body),
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
}

/** How a plan can stand: word and colour. */
export const PLAN_STATES: Readonly<Record<string, { word: string; color: string }>> = {
  draft: { word: 'Waits for approval', color: 'violet' },
  running: { word: 'Under way', color: 'blue' },
  paused: { word: 'Paused', color: 'yellow' },
  cancelled: { word: 'Cancelled', color: 'gray' },
  done: { word: 'Done', color: 'teal' },
};

/** How an item of a plan can stand: word and colour. */
export const ITEM_STATES: Readonly<Record<string, { word: string; color: string }>> = {
  planned: { word: 'Planned', color: 'violet' },
  'left-out': { word: 'Left out', color: 'gray' },
  excluded: { word: 'Excluded', color: 'gray' },
  ordered: { word: 'Under way', color: 'blue' },
  refused: { word: 'Refused', color: 'yellow' },
  done: { word: 'Done', color: 'teal' },
  failing: { word: 'Fails', color: 'red' },
};
