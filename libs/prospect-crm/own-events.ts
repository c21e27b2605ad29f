/**
 * Change events that our own writes cause. The CRM tells of every change, ours included, and a look at the record costs a call.
 * An event names nobody, so they are counted: as many events of a row as there were requests of ours that wrote it are ours,
 * and one more is somebody's.
 *
 * Where the event of ours is lost and somebody edits the row within seconds, theirs is taken for it; catching up finds the
 * edit. Losing the counts costs a look.
 */
import type { RedisStore } from '#runtime';
import type { CrmChange } from './change-events.ts';

/** A count is forgotten this long after it last grew, seconds: an event comes sooner or not at all. */
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
  const keyOf = ({ entity, id }: CrmChange): string => redis.key(`{${tenantId}}`, 'crm', 'own', `${entity}/${id}`);
  return {
    expect: (row) =>
      redis.call('count a write', async (client) => {
        await client.incr(keyOf(row));
        await client.expire(keyOf(row), TTL_SECONDS);
      }),
    expectNoMore: (row) =>
      redis.call('count a write that was none', async (client) => {
        if (Number(await client.decrby(keyOf(row), 1)) <= 0) await client.del(keyOf(row));
      }),
    areOurs: (row, events) =>
      redis.call('look for our writes', async (client) => {
        const writes = Number((await client.getdel(keyOf(row))) ?? 0);
        if (events === 0 || events > writes) return false;
        if (writes > events) await client.set(keyOf(row), String(writes - events), 'EX', TTL_SECONDS);
        return true;
      }),
  };
}
