/** Orders of repairs: the server gives them one by one and says what was left. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { send } from './api.ts';
import { useTenantId } from './queries.ts';
import type { DriftRepairsAnswer } from './types.ts';

/** Numbers in one call at most. */
const NUMBERS_AT_ONCE = 20;

/** Repairs differences of a check: those of these numbers, or all. */
export function useRepairs(checkId: string) {
  const tenant = useTenantId();
  const client = useQueryClient();
  return useMutation({
    async mutationFn(wanted: readonly number[] | 'all') {
      const path = `/tenants/${tenant}/drift/${encodeURIComponent(checkId)}/repairs`;
      const sum: DriftRepairsAnswer = { ordered: 0, calls: 0, left: [], next: null };
      const add = ({ ordered, calls, left, next }: DriftRepairsAnswer): string | null => {
        sum.ordered += ordered;
        sum.calls += calls;
        sum.left = [...sum.left, ...left];
        return next;
      };
      if (wanted === 'all') {
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const body = { all: true, ...(cursor === undefined ? {} : { cursor }) };
          cursor = add(await send<DriftRepairsAnswer>('POST', path, body));
        }
        return sum;
      }
      for (let from = 0; from < wanted.length; from += NUMBERS_AT_ONCE) {
        const numbers = wanted.slice(from, from + NUMBERS_AT_ONCE);
        add(await send<DriftRepairsAnswer>('POST', path, { numbers }));
      }
      return sum;
    },
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
}
