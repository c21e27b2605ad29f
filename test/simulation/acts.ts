/** Carries out what a schedule says: what people do on both sides, what they order of the sync, and what goes wrong. */
import { blankRequest, type Codec, requestKey, type TopicRecords } from '#contracts';
import { addFault, clearFaults, type Workspace } from '../../services/sandbox/model/index.ts';
import type { Defects } from './defects.ts';
import type { SimLog } from './engine/log.ts';
import type { SimRedis, Value } from './engine/redis.ts';
import type { Scheduler } from './engine/scheduler.ts';
import type { Act, Happening, Plan } from './plan.ts';
import type { Fleet } from './services/fleet.ts';
import type { BrokerTrouble, Tell } from './services/parts.ts';
import { brief } from './telling.ts';
import { type Pair, TENANT } from './world/base.ts';
import type { History } from './world/history.ts';
import { addContact, type Done, editField, valueFor } from './world/people.ts';

/** What goes wrong around the services, for as long as it is said here. */
export interface Trouble {
  /** Until when nobody can reach Redis, true time. */
  redisAwayUntilMs: number;
  broker: BrokerTrouble;
}

/** The world that is acted upon. */
export interface Stage {
  scheduler: Scheduler;
  workspace: Workspace;
  pairs: readonly Pair[];
  history: History;
  log: SimLog;
  redis: SimRedis;
  codec: Codec;
  fleet: Fleet;
  defects: Pick<Defects, 'pressesItself'>;
  trouble: Trouble;
  tell: Tell;
  /** Lets the APIs tell of what has changed. */
  deliverSoon(): void;
}

/** Acts upon a world. */
export interface Acts {
  /** Carries out one act, now. */
  act(happening: Act): void;
  /** Ends all that goes wrong, and takes up again what the schedule switched off or paused. */
  comeBack(plan: Plan): void;
}

/** Makes the acts of a world. */
export function createActs(stage: Stage): Acts {
  const { scheduler, workspace, pairs, history, log, redis, codec, fleet, trouble, tell } = stage;
  const { now } = scheduler;
  let redisCopy: Map<string, Value> | null = null;

  function act(happening: Act): void {
    switch (happening.do) {
      case 'edit':
        edit(happening);
        break;
      case 'add':
        add(happening);
        break;
      case 'press':
        press(happening.token);
        break;
      case 'settings':
        ask({ kind: 'set-settings', settings: happening.settings });
        break;
      case 'lane':
        ask({ kind: happening.pause ? 'pause' : 'resume', side: happening.side });
        break;
      case 'record':
        askFor(pairs[happening.pair], happening.pause ? 'pause' : 'resume');
        break;
      case 'entity':
        ask({ kind: happening.pause ? 'pause' : 'resume', entity: happening.entity });
        break;
      case 'fault': {
        const { order, forMs } = happening;
        tell('fault', () => `${order.side}: ${JSON.stringify(order)} for ${forMs} ms`);
        addFault(workspace, { ...order, untilMs: now() + forMs }, now());
        break;
      }
      case 'crash':
        tell('fault', `${happening.kind} is to die after ${happening.steps} steps`);
        fleet.crash(happening.kind, happening);
        break;
      case 'freeze':
        fleet.freeze(happening.kind, happening.forMs);
        break;
      case 'rebalance':
        fleet.rebalance(happening.kind);
        break;
      case 'redis':
        troubleRedis(happening);
        break;
      case 'broker':
        tell('fault', `the next ${happening.calls} calls of transactional producers: ${happening.what}`);
        trouble.broker[happening.what] += happening.calls;
    }
  }

  function comeBack({ happenings }: Plan): void {
    clearFaults(workspace, { side: 'crm' });
    clearFaults(workspace, { side: 'unleashed' });
    trouble.redisAwayUntilMs = 0;
    trouble.broker.refused = 0;
    trouble.broker.lost = 0;
    tell('time', 'everybody goes home; nothing goes wrong any more');
    const did = (what: Happening['do']): boolean => happenings.some((happening) => happening.do === what);
    if (did('settings')) {
      ask({ kind: 'set-settings', settings: { enabled: 'true', addresses: 'true', conflictPolicy: 'latest' } });
    }
    if (did('lane')) for (const side of ['crm', 'unleashed'] as const) ask({ kind: 'resume', side });
    if (did('entity')) for (const entity of ['company', 'contact']) ask({ kind: 'resume', entity });
    if (did('record')) for (const pair of pairs) askFor(pair, 'resume');
  }

  function edit({ side, pair: index, field, form, token }: Extract<Act, { do: 'edit' }>): void {
    const pair = pairs[index];
    if (pair === undefined) return;
    const earlier = history.showingsOf(side, pair.kept, pair[side], field);
    // Back to what it showed before the last change; an address only ever goes forward.
    const isBack = form === 'back' && field !== 'address' && earlier.length > 0;
    const told = form === 'back' && !isBack ? 'plain' : form;
    const value = valueFor(field, told, token, earlier.at(-1)?.before ?? '');
    const done = editField(workspace, side, pair, field, value, now());
    const { id, taken } = done;
    tell('person', () => `sets ${field} of ${pair.kept} ${id} in ${side} to '${value}'${taken ? '' : ' (refused)'}`);
    if (!taken) return;
    history.edits.push({ token, side, kept: pair.kept, id, field, value, form: told, atMs: now() });
    noteDone(done);
  }

  function add({ side, pair: company, token }: Extract<Act, { do: 'add' }>): void {
    const pair = pairs[company];
    if (pair === undefined) return;
    const done = addContact(workspace, side, pair, token, now());
    const { id, taken } = done;
    tell('person', () => `adds contact ${token} (${id}) in ${side}${taken ? '' : ' (refused)'}`);
    if (!taken) return;
    history.added.push({ token, side, id, company, atMs: now(), pressedAtMs: null });
    if (stage.defects.pressesItself && side === 'crm') {
      scheduler.after(3_000, () => ask({ kind: 'sync-contact', entity: 'contact', side, recordId: id }));
    }
    noteDone(done);
  }

  function noteDone({ changes }: Done): void {
    history.note(changes, null, now());
    stage.deliverSoon();
  }

  function press(token: string): void {
    const contact = history.added.find((one) => one.token === token);
    if (contact === undefined) return;
    contact.pressedAtMs = now();
    ask({ kind: 'sync-contact', entity: 'contact', side: 'crm', recordId: contact.id });
  }

  function troubleRedis({ what, forMs }: Extract<Act, { do: 'redis' }>): void {
    tell('fault', `Redis: ${what}`);
    if (what === 'flush') redis.replace(new Map());
    else if (what === 'away') trouble.redisAwayUntilMs = now() + forMs;
    else if (what === 'copy') redisCopy = redis.copy();
    else if (redisCopy !== null) redis.replace(redisCopy);
    else {
      // No copy was taken before: one is taken now and comes back later.
      redisCopy = redis.copy();
      const copy = redisCopy;
      scheduler.after(forMs, () => redis.replace(copy));
    }
  }

  function askFor(pair: Pair | undefined, kind: 'pause' | 'resume'): void {
    if (pair !== undefined) ask({ kind, entity: pair.kept, side: 'unleashed', recordId: pair.unleashed });
  }

  /** Writes an order, as the control API does. */
  function ask(order: Partial<TopicRecords['sync.request.v1']> & { kind: string }): void {
    const requestId = `r${log.end('sync.request.v1')}`;
    tell('person', () => `orders ${brief(order)}`);
    const by = { requestId, tenantId: TENANT, kind: order.kind, requestedBy: 'ann', requestedAtMs: now() };
    const value = codec.encode('sync.request.v1', { ...blankRequest(by), ...order });
    log.append('sync.request.v1', [{ key: requestKey(TENANT, requestId), value }]);
  }

  return { act, comeBack };
}
