/**
 * Change events that our own writes cause, told apart by counting: as many events of a row as there were requests of ours that
 * wrote it are ours, and one more leads to a read.
 *
 * Where the event of ours is lost and somebody edits the row within seconds, theirs is taken for it; catching up finds the
 * edit.
 */
import { createEchoCounts, type RedisStore } from '#runtime';
import type { CrmChange } from './change-events.ts';

/** A count is forgotten this long after it last changed, seconds: an event comes sooner or not at all. */
const TTL_SECONDS = 5;

/** The counts of one tenant. Methods reject with RuntimeError when Redis cannot be asked. */
export interface OwnEvents {
  /** A request of ours that writes a row is about to go out. */
  expect(row: CrmChange): Promise<void>;
  /** The request was surely not carried out. */
  expectNoMore(row: CrmChange): Promise<void>;
  /** Whether so many events of a row are all ours. Takes them off the count. */
  areOurs(row: CrmChange, events: number): Promise<boolean>;
}

/** The counts of a tenant. */
export function createOwnEvents(redis: RedisStore, tenantId: string): OwnEvents {
  const counts = createEchoCounts(redis, TTL_SECONDS);
  const keyOf = ({ entity, id }: CrmChange): string => redis.key(`{${tenantId}}`, 'crm', 'own', `${entity}/${id}`);
  return {
    expect: (row) => counts.add(keyOf(row)),
    expectNoMore: (row) => counts.takeBack(keyOf(row)),
    areOurs: (row, events) => counts.cover(keyOf(row), events),
  };
}
