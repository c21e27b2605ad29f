/**
 * kill -9 of every service in turn, and a rolling restart of all, while people edit on both sides; afterwards both sides
 * agree and nothing is there twice.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useStack } from '#test/support/stack.ts';
import { longestPauseMs } from '../../services/cli/chaos/pause.ts';
import type { Edit } from '../../services/cli/chaos/people.ts';
import { type CompanyPair, companyPairs } from '../../services/cli/sandbox-client/pairs.ts';
import { PIPELINE } from '../../services/cli/supervisor/plan.ts';
import { until } from '../support/until.ts';
import { startTestSystem, type TestSystem } from './system.ts';

const EDITS = 20;
const EDIT_EVERY_MS = 150;
/** Longest time in which edits may wait with none of them arriving while services are restarted one by one, milliseconds. */
const PAUSE_MAX_MS = 5_000;

/** Services without which no edit arrives. The others are alone: a read model is one process' own. */
const ON_THE_WAY: ReadonlySet<string> = new Set([
  'crm-capture',
  'unleashed-connector',
  'sync-processor',
  'crm-sink',
  'unleashed-sink',
]);
const CLI = join(import.meta.dirname, '..', '..', 'services', 'cli', 'main.ts');

let chain: TestSystem;
const seconds = new Set<ChildProcess>();
let pairs: { tenant: string; pair: CompanyPair }[];

beforeAll(async () => {
  chain = await startTestSystem('kill', useStack(), { tenants: 2, companies: 20 });
  await chain.agreed();
  const all = await Promise.all(
    chain.tenants.map(async (tenant) => (await companyPairs(chain.sandbox, tenant)).map((pair) => ({ tenant, pair }))),
  );
  pairs = Array.from({ length: 8 }, (_, index) => all.map((one) => one[index]!)).flat();
}, 240_000);

afterAll(async () => {
  for (const child of seconds) child.kill('SIGKILL');
  await chain?.stop();
}, 60_000);

it.each(PIPELINE)(
  'kill -9 of %s',
  async (service) => {
    const contactsBefore = await contactCount();
    const beginMs = performance.now();
    for (let index = 0; index < EDITS; index++) {
      await until(() => performance.now() >= beginMs + index * EDIT_EVERY_MS);
      if (index === EDITS / 4) await chain.system.supervisor.kill(service, 'SIGKILL', { restartAfter: true });
      await edit(service, index);
    }
    await chain.system.supervisor.waitReady(service);
    await chain.agreed(180_000);
    // Every pair that was edited shows its last edit, not merely the same on both sides.
    for (const [index, { tenant, pair }] of pairs.entries()) {
      const last = lastEditOf(service, index);
      if (last === null) continue;
      const crm = await chain.sandbox.get(tenant, 'crm', 'companies', pair.crm.Id);
      expect(crm.PhoneNumber).toBe(last);
    }
    // One contact was made in Unleashed while the service was down or coming up: it is in the CRM once.
    await until(async () => (await contactCount()) === contactsBefore + 1, {
      timeoutMs: 60_000,
      what: 'the new contact',
    });
    await chain.agreed();
    expect(await contactCount()).toBe(contactsBefore + 1);
  },
  360_000,
);

it('a rolling restart of every service: nothing lost, nothing written twice, no long pause', async () => {
  const contactsBefore = await contactCount();
  const { lastSeq: since } = await chain.sandbox.changes(Number.MAX_SAFE_INTEGER);
  const last = new Map<number, string>();
  const edits: Edit[] = [];
  let rolling = true;
  const editing = (async () => {
    for (let index = 0; rolling; index++) {
      const began = performance.now();
      last.set(index % pairs.length, numberOf('rolling', index));
      edits.push(await edit('rolling', index));
      await until(() => performance.now() >= began + EDIT_EVERY_MS);
    }
  })();
  // As an operator does it: one service at a time, and whoever is on the way of an edit has a second instance meanwhile.
  for (const service of PIPELINE) {
    const end = ON_THE_WAY.has(service) ? await startSecond(service) : () => Promise.resolve();
    await chain.system.supervisor.restart(service);
    await end();
  }
  rolling = false;
  await editing;
  await chain.agreed(180_000);

  for (const [index, { tenant, pair }] of pairs.entries()) {
    const crm = await chain.sandbox.get(tenant, 'crm', 'companies', pair.crm.Id);
    expect(crm.PhoneNumber).toBe(last.get(index));
  }
  await until(async () => (await contactCount()) === contactsBefore + 1, {
    timeoutMs: 60_000,
    what: 'the new contact',
  });
  const { items } = await chain.sandbox.changes(since);
  const written = items.flatMap(({ by, side, id, fields }) =>
    by === 'api'
      ? fields.filter(({ after }) => `${after}`.startsWith('+44')).map(({ after }) => `${side} ${id} ${after}`)
      : [],
  );
  expect(written.length).toBeGreaterThan(pairs.length);
  expect(written.toSorted()).toEqual([...new Set(written)].toSorted());
  expect(longestPauseMs({ edits, added: [] }, { changes: items })).toBeLessThan(PAUSE_MAX_MS);
}, 360_000);

/** Starts another instance of a service beside the one that runs; gives what ends it cleanly. */
async function startSecond(service: string): Promise<() => Promise<void>> {
  const port = await getPort();
  const child = spawn(process.execPath, [CLI, 'service', service, '--port', `${port}`], {
    env: { ...process.env, TWOWAY_HOME: chain.system.home.folder, LOG_LEVEL: 'fatal' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  seconds.add(child);
  const ended = once(child, 'exit').finally(() => seconds.delete(child));
  await until(async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok, {
    timeoutMs: 60_000,
    what: `a second ${service} to be ready`,
  });
  return async () => {
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  };
}

/** The number that edit `index` of a round gives. */
function numberOf(service: string, index: number): string {
  return `+44 20 ${service.length}${service.charCodeAt(1)} ${String(index).padStart(3, '0')}`;
}

function lastEditOf(service: string, place: number): string | null {
  const index = Array.from({ length: EDITS }, (_, one) => one).findLast((one) => one % pairs.length === place);
  return index === undefined ? null : numberOf(service, index);
}

async function edit(service: string, index: number): Promise<Edit> {
  const { tenant, pair } = pairs[index % pairs.length]!;
  // The same record always on the same side within a round, so that no two edits compete.
  const side = (index % pairs.length) % 2 === 0 ? 'crm' : 'unleashed';
  const token = numberOf(service, index);
  const { Id: id } = pair[side];
  await chain.sandbox.update(tenant, side, 'companies', id, { PhoneNumber: token });
  if (index === EDITS / 4 + 1) {
    await chain.sandbox.create(tenant, 'unleashed', 'contacts', {
      CustomerGuid: pair.unleashed.Id,
      FirstName: 'Kill',
      LastName: service,
      EmailAddress: `${service}@kill.example`,
    });
  }
  return { tenant, side, collection: 'companies', id, field: 'PhoneNumber', token };
}

/** Contacts of the CRM that carry the marker of this sync, all tenants together; a double would count twice. */
async function contactCount(): Promise<number> {
  let count = 0;
  for (const tenant of chain.tenants) {
    const contacts = await chain.sandbox.list(tenant, 'crm', 'contacts');
    count += contacts.filter(({ Email }) => `${Email}`.endsWith('@kill.example')).length;
  }
  return count;
}
