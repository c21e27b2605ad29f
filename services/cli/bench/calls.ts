/** What syncing costs in API calls: per edit, per burst on one record, and of a tenant where nothing happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PollSchedule } from '#quota';
import { pollsBetween } from '#quota';
import type { SandboxCall, SandboxClient, Side } from '../sandbox-client/client.ts';
import { type CompanyPair, companyPairs } from '../sandbox-client/pairs.ts';

/** What is measured on. */
export interface CallsOptions {
  readonly sandbox: SandboxClient;
  readonly tenants: readonly string[];
  /** Seconds between polls of Unleashed in this run. */
  readonly pollSeconds: number;
  /** Edits of each kind. */
  readonly edits: number;
  /** How long nothing is done, to see what an idle tenant costs, seconds. */
  readonly idleSeconds: number;
  /** Waits until both sides agree. */
  settle(): Promise<void>;
  say(message: string): void;
}

/** Calls of one kind of work. */
export interface CallCost {
  readonly what: string;
  /** The side whose API is called. */
  readonly side: Side;
  /** Edits, bursts or tenants. */
  readonly units: number;
  readonly calls: number;
  readonly perUnit: number;
  /** How often each kind of call was made: `GET Customers/*`. */
  readonly byKind: Readonly<Record<string, number>>;
}

/** Edits of each tenant before anything is counted, half of them on each side. */
const WARM_UP = 12;
/** Edits of a burst, and milliseconds between them. */
const BURST = 5;
const BURST_PAUSE_MS = 40;
/** Between two edits, milliseconds: each is a write of its own. */
const PAUSE_MS = 300;
/** Echoes, hints and read-backs come after the value is there, milliseconds. */
const AFTERMATH_MS = 3_000;
/** The schedule that an idle day is told for: five minutes' freshness in ten working hours. */
const SCHEDULE: PollSchedule = {
  pollSeconds: 300,
  quiet: { pollSeconds: 3_600, workingHours: { timeZone: 'UTC', from: 8, to: 18 } },
};
/** A Tuesday. */
const DAY = { fromMs: Date.UTC(2026, 10, 24), toMs: Date.UTC(2026, 10, 25) };

/** Measures all of it, one thing after the other. */
export async function measureCalls(options: CallsOptions): Promise<CallCost[]> {
  const { sandbox, tenants, edits, settle, say } = options;
  const pairs = (await Promise.all(tenants.map((tenant) => pairsOf(sandbox, tenant)))).flat();
  const costs: CallCost[] = [];
  // Whether the CRM tells of a change twice is not known (fact P8.5); what each costs is told by each being told once.
  await sandbox.setSwitches('*', { crm: { webhookDuplicateEvery: 0 } });
  say(`${WARM_UP} edits of each tenant, uncounted: writes have to prove that they store what they are given`);
  const firsts = tenants.flatMap((tenant) => pairs.find((pair) => pair.tenant === tenant) ?? []);
  for (let n = 0; n < WARM_UP; n++) {
    for (const pair of firsts) await edit(sandbox, pair, n % 2 === 0 ? 'crm' : 'unleashed', `+44 0 ${n}`);
    await settle();
  }
  for (const from of ['crm', 'unleashed'] as const) {
    const to: Side = from === 'crm' ? 'unleashed' : 'crm';
    say(`${edits} edits, each for itself, from ${from}`);
    const one = async (pair: Pair, number: number): Promise<void> => {
      await edit(sandbox, pair, from, `+44 1 ${from} ${number}`);
      await sleep(PAUSE_MS);
    };
    costs.push(await during(options, `edit in ${from}`, to, edits, (n) => one(pairs[n % pairs.length]!, n)));
    say(`${edits} bursts of ${BURST} edits, from ${from}`);
    const burst = async (pair: Pair, number: number): Promise<void> => {
      for (let n = 0; n < BURST; n++) {
        await edit(sandbox, pair, from, `+44 2 ${from} ${number} ${n}`);
        await sleep(BURST_PAUSE_MS);
      }
      await sleep(PAUSE_MS);
    };
    costs.push(await during(options, `burst in ${from}`, to, edits, (n) => burst(pairs[n % pairs.length]!, n)));
  }
  return [...costs, await idle(options)];
}

interface Pair {
  readonly tenant: string;
  readonly pair: CompanyPair;
}

async function pairsOf(sandbox: SandboxClient, tenant: string): Promise<Pair[]> {
  return (await companyPairs(sandbox, tenant)).map((pair) => ({ tenant, pair }));
}

function edit(sandbox: SandboxClient, { tenant, pair }: Pair, from: Side, PhoneNumber: string): Promise<unknown> {
  return sandbox.update(tenant, from, 'companies', pair[from].Id, { PhoneNumber });
}

/** The calls of one side, polls apart, while something is done a number of times. */
async function during(
  { sandbox, settle }: CallsOptions,
  what: string,
  side: Side,
  units: number,
  work: (number: number) => Promise<void>,
): Promise<CallCost> {
  const since = await lastCall(sandbox);
  for (let number = 0; number < units; number++) await work(number);
  await settle();
  await sleep(AFTERMATH_MS);
  const { items } = await sandbox.calls(since, { side });
  return costOf(
    what,
    side,
    units,
    items.filter((call) => !isPoll(call)),
  );
}

/** What an idle tenant costs in Unleashed calls a day: calls of a poll, as counted, times the polls of a working day. */
async function idle({ sandbox, tenants, idleSeconds, pollSeconds, say }: CallsOptions): Promise<CallCost> {
  say(`nothing for ${idleSeconds} s`);
  const since = await lastCall(sandbox);
  await sleep(idleSeconds * 1_000);
  const { items } = await sandbox.calls(since, { side: 'unleashed' });
  const polls = (idleSeconds / pollSeconds) * tenants.length;
  const day = pollsBetween(SCHEDULE, DAY.fromMs, DAY.toMs);
  const cost = costOf('idle tenant, a day', 'unleashed', tenants.length, items);
  return { ...cost, perUnit: Math.round((items.length / polls) * day) };
}

async function lastCall(sandbox: SandboxClient): Promise<number> {
  return (await sandbox.calls(Number.MAX_SAFE_INTEGER)).lastSeq;
}

/** Calls that are made whether or not something happens: they are counted by themselves. */
export function isPoll({ side, method, url }: Pick<SandboxCall, 'side' | 'method' | 'url'>): boolean {
  if (method !== 'GET') return false;
  if (side === 'crm') return /LastUpdatedTimestamp/.test(decodeURIComponent(url));
  return /\/(?:Customers\/\d+|Customers\?|Customers$|Salespersons)/.test(url) && !/\/Customers\/[0-9a-f]{8}-/.test(url);
}

/** Counts calls by their kind. */
export function costOf(
  what: string,
  side: Side,
  units: number,
  calls: readonly Pick<SandboxCall, 'method' | 'url'>[],
): CallCost {
  const byKind: Record<string, number> = {};
  for (const { method, url } of calls) {
    const kind = `${method} ${pathOf(url)}`;
    byKind[kind] = (byKind[kind] ?? 0) + 1;
  }
  return { what, side, units, calls: calls.length, perUnit: Math.round((calls.length / units) * 100) / 100, byKind };
}

/** The last parts of a path, without ids and query: `Customers/*`, `Divisions(*)`. */
function pathOf(url: string): string {
  const path = url.split('?', 1)[0]!.replace(/\([^)]*\)/g, '(*)');
  const parts = path.split('/').map((part) => (/^[0-9a-f]{8}-|^\d+$/.test(part) ? '*' : part));
  const begin = parts.findIndex((part) => /^(?:Customers|Salespersons|[A-Z]\w+s(?:\(\*\))?)$/.test(part));
  return parts.slice(Math.max(0, begin)).join('/');
}
