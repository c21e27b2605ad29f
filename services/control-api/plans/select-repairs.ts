/** The orders that repair what a comparison of both sides found: looks, each of one record, after which the merge goes on as ever. */
import { checkOf, differencesFrom, type FoundDifference, standingOf } from '../read-model/drift.ts';
import type { PossibleOrder } from '../read-model/order-forecast.ts';
import type { Asked } from '../read-model/question.ts';

/** Differences asked for at a time. */
const ROWS = 200;

/** Which differences: of a check, those of these numbers, or all. */
export interface WantedRepairs {
  readonly checkId: string;
  readonly numbers?: readonly number[] | undefined;
}

/**
 * The orders for those that are still open and that can be ordered; records that differ in several fields are looked at once.
 * Null when there is no such check.
 */
export async function selectRepairs(
  asked: Asked,
  { checkId, numbers }: WantedRepairs,
): Promise<PossibleOrder[] | null> {
  const check = await checkOf(asked, checkId);
  if (check === null) return null;
  const wanted = numbers === undefined ? null : new Set(numbers);
  const orders = new Map<string, PossibleOrder>();
  for (let after = 0; ; ) {
    const found = await differencesFrom(asked, check, after, ROWS);
    for (const one of found) {
      if (wanted !== null && !wanted.has(one.number)) continue;
      if (one.repair === 'none' || (await standingOf(asked, one)) === 'taken-in') continue;
      const order = repairOf(one);
      const key = `${order.kind} ${order.side} ${order.entity} ${order.recordId}`;
      if (!orders.has(key)) orders.set(key, order);
    }
    const last = found.at(-1);
    if (last === undefined || found.length < ROWS) return [...orders.values()];
    after = last.number;
  }
}

function repairOf({ repair, entity, parentId, recordId, repairCalls, ...one }: FoundDifference): PossibleOrder {
  const kind = repair === 'observe' ? 'observe' : 'read';
  const side = one.side === 'crm' ? 'crm' : 'unleashed';
  // A contact of Unleashed is read with its customer.
  const ofCustomer = kind === 'observe' && side === 'unleashed' && entity === 'contact';
  // One call looks at the record; what follows is written to the other side.
  const follows = Math.max(0, repairCalls - 1);
  return {
    ...{ kind, side, field: null, value: null },
    entity: entity === 'company' || ofCustomer ? 'company' : 'contact',
    recordId: ofCustomer ? parentId : recordId,
    calls: side === 'crm' ? { crm: 1, unleashed: follows } : { crm: follows, unleashed: 1 },
  };
}
