/** Many orders one after the other, with how far it is. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from './api.ts';
import { type Order, useTenantId } from './queries.ts';

/** Orders under way at a time: the processor answers each within moments, and others want answers too. */
const AT_A_TIME = 4;

/** How far a bulk is. */
export interface BulkProgress {
  readonly done: number;
  readonly total: number;
  /** First messages of what was refused, and how many were. */
  readonly refused: readonly string[];
  readonly refusedCount: number;
}

/** Gives orders for many things; one that is refused does not stop the others. */
export function useBulk<T>(orderOf: (item: T) => Order | Promise<Order>) {
  const tenant = useTenantId();
  const client = useQueryClient();
  const [progress, setProgress] = useState<BulkProgress | null>(null);
  const mutation = useMutation({
    mutationFn: async (items: readonly T[]) => {
      let state: BulkProgress = { done: 0, total: items.length, refused: [], refusedCount: 0 };
      setProgress(state);
      const rest = items.values();
      const worker = async (): Promise<void> => {
        for (const item of rest) {
          try {
            await send('POST', `/tenants/${tenant}/requests`, await orderOf(item));
          } catch (error) {
            const message = error instanceof Error ? error.message : String(error);
            state = {
              ...state,
              refused: [...state.refused, message].slice(0, 3),
              refusedCount: state.refusedCount + 1,
            };
          }
          state = { ...state, done: state.done + 1 };
          setProgress(state);
        }
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, worker));
    },
    onSettled: () => client.invalidateQueries({ queryKey: [tenant] }),
  });
  return { run: mutation.mutate, isRunning: mutation.isPending, error: mutation.error, progress };
}
