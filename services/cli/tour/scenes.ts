/** The scenes of the tour. Each does something that people do, says what must follow, and looks whether it did. */
import type { Conflict } from '#contracts';
import type { Cluster } from '../cluster.ts';
import { apiOf, orderInForce } from '../control-client.ts';
import type { SandboxChange, SandboxClient } from '../sandbox-client/client.ts';
import { allDifferences, type CompanyPair, companyPairs, contactPairs, textOf } from '../sandbox-client/pairs.ts';
import type { System } from '../supervisor/system.ts';
import { readTopic } from '../topic-reading.ts';
import { until } from '../wait.ts';
import { duration, type Narrator } from './narrator.ts';

/** What every scene works with. */
export interface Tour {
  readonly system: System;
  readonly cluster: Cluster;
  readonly sandbox: SandboxClient;
  readonly narrator: Narrator;
  /** The tenant that most scenes play in. */
  readonly tenant: string;
}

/** Longest wait for anything that should follow, milliseconds. */
const PATIENCE_MS = 90_000;
/** Two polls of Unleashed and what follows of them: by then a loop would have shown itself, milliseconds. */
const ECHO_WATCH_MS = 12_000;

/** The two systems hold the same companies with small differences; at first they are brought together. */
export async function firstAlignment({ sandbox, system, narrator }: Tour): Promise<void> {
  narrator.scene('Two systems that were filled apart are brought together');
  const before = (await allDifferences(sandbox, system.tenantIds)).length;
  const startedAtMs = performance.now();
  narrator.say(`${system.tenantIds.length} tenants; ${before} fields differ between CRM and Unleashed at the start.`);
  const left = await quiet(sandbox, system.tenantIds);
  narrator.measured('first alignment of all tenants', performance.now() - startedAtMs);
  let companies = 0;
  let contacts = 0;
  for (const tenant of system.tenantIds) {
    const pairs = await companyPairs(sandbox, tenant);
    companies += pairs.length;
    contacts += (await contactPairs(sandbox, tenant, pairs)).length;
  }
  narrator.claim(
    `${companies} companies and ${contacts} contacts now show the same on both sides.`,
    left === 0,
    `${left} fields still differ.`,
  );
}

/** CRM → Unleashed at once. */
export async function editInCrm(tour: Tour): Promise<void> {
  const { sandbox, tenant, narrator } = tour;
  narrator.scene('Somebody edits a company in the CRM');
  const { crm, unleashed } = await pairNumber(tour, 0);
  const value = '+64 9 555 0101';
  narrator.say(`The phone number of "${crm.Name}" becomes ${value} (it was ${shown(textOf(crm, 'PhoneNumber'))}).`);
  await sandbox.update(tenant, 'crm', 'companies', crm.Id, { PhoneNumber: value });
  const tookMs = await arrival(
    () => field(sandbox, tenant, 'unleashed', 'companies', unleashed.Id, 'PhoneNumber'),
    value,
  );
  follow(narrator, 'CRM edit shows in Unleashed', tookMs);
}

/** Unleashed → CRM by a webhook's hint, else by poll. */
export async function editInUnleashed(tour: Tour): Promise<void> {
  const { sandbox, tenant, narrator } = tour;
  narrator.scene('Somebody edits a company in Unleashed');
  const { crm, unleashed } = await pairNumber(tour, 1);
  const value = 'https://www.edited-in-unleashed.example';
  narrator.say(
    `The website of "${unleashed.CustomerName}" becomes ${value}. Unleashed sends a webhook; the record is read.`,
  );
  await sandbox.update(tenant, 'unleashed', 'companies', unleashed.Id, { Website: value });
  const tookMs = await arrival(() => field(sandbox, tenant, 'crm', 'companies', crm.Id, 'Website'), value);
  follow(narrator, 'Unleashed edit shows in the CRM', tookMs);
}

/** Our own writes come back as change events and polls; they are recognised by what was read back. */
export async function echo(tour: Tour): Promise<void> {
  const { sandbox, tenant, narrator } = tour;
  narrator.scene('The echo of our own write does not loop');
  const { crm, unleashed } = await pairNumber(tour, 2);
  const { lastSeq } = await sandbox.changes();
  narrator.say(
    'One edit in the CRM. Our write makes Unleashed send a webhook, and the next poll lists the customer, too.',
  );
  await sandbox.update(tenant, 'crm', 'companies', crm.Id, { PhoneNumber: '+64 9 555 0303' });
  await arrival(() => field(sandbox, tenant, 'unleashed', 'companies', unleashed.Id, 'PhoneNumber'), '+64 9 555 0303');
  const endsAtMs = performance.now() + ECHO_WATCH_MS;
  await until(() => performance.now() >= endsAtMs, { timeoutMs: ECHO_WATCH_MS * 2 });
  const written = await ownWrites(sandbox, lastSeq, tenant, [crm.Id, unleashed.Id]);
  const toCrm = written.filter(({ side }) => side === 'crm').length;
  const toUnleashed = written.filter(({ side }) => side === 'unleashed').length;
  narrator.claim(
    `In the next ${duration(ECHO_WATCH_MS)}: 1 write to Unleashed, 0 writes back to the CRM.`,
    toUnleashed === 1 && toCrm === 0,
    `There were ${toUnleashed} writes to Unleashed and ${toCrm} to the CRM.`,
  );
}

/** A contact made in Unleashed is made in the CRM, once; the other way round only on request. */
export async function creation(tour: Tour): Promise<void> {
  const { sandbox, tenant, narrator } = tour;
  narrator.scene('A contact is made in Unleashed');
  const { crm, unleashed } = await pairNumber(tour, 3);
  const email = 'tui.newcomer@demo.example';
  narrator.say(`"Tui Newcomer" is added to the customer "${unleashed.CustomerName}" in Unleashed.`);
  const startedAtMs = performance.now();
  await sandbox.create(tenant, 'unleashed', 'contacts', {
    CustomerGuid: unleashed.Id,
    FirstName: 'Tui',
    LastName: 'Newcomer',
    EmailAddress: email,
    MobilePhone: '+64 21 555 0404',
  });
  const named = async () =>
    (await sandbox.list(tenant, 'crm', 'contacts')).filter((contact) => contact.Email === email);
  const found = await until(async () => (await named())[0], { timeoutMs: PATIENCE_MS, what: 'the contact in the CRM' });
  // The fields that POST drops follow with a PATCH.
  await until(async () => (await named())[0]?.MobilePhoneNumber === '+64 21 555 0404', { timeoutMs: PATIENCE_MS });
  narrator.measured('contact made in Unleashed is in the CRM', performance.now() - startedAtMs);
  const endsAtMs = performance.now() + ECHO_WATCH_MS / 2;
  await until(() => performance.now() >= endsAtMs);
  const count = (await named()).length;
  narrator.claim(
    `It is in the CRM once, under the account's default company "${crm.Name}", with all its fields.`,
    count === 1 && String(found.DivisionId) === crm.Id,
    `It is there ${count} times, under company ${found.DivisionId}.`,
  );
  const { total } = await addInCrm(tour, crm.Id);
  narrator.claim('A contact made in the CRM is not made in Unleashed by itself: nobody asked for it.', total === 0);
}

async function addInCrm({ sandbox, tenant }: Tour, divisionId: string): Promise<{ total: number }> {
  const email = 'only.crm@demo.example';
  await sandbox.create(tenant, 'crm', 'contacts', {
    DivisionId: Number(divisionId),
    Forename: 'Only',
    Surname: 'Here',
    Email: email,
  });
  const endsAtMs = performance.now() + ECHO_WATCH_MS / 2;
  await until(() => performance.now() >= endsAtMs);
  const there = await sandbox.list(tenant, 'unleashed', 'contacts');
  return { total: there.filter((contact) => contact.EmailAddress === email).length };
}

/** Both sides change the same field within the window. */
export async function conflict(tour: Tour): Promise<void> {
  const { sandbox, tenant, narrator, cluster } = tour;
  narrator.scene('Two people change the same field on both sides at the same time');
  const { crm, unleashed } = await pairNumber(tour, 4);
  narrator.say('For a moment both directions are paused, so that neither can see the other in time.');
  for (const side of ['crm', 'unleashed'])
    await orderInForce(apiOf(tour.system), 'POST', tenant, 'requests', { kind: 'pause', side });
  const first = `${crm.Name} (as the CRM says)`;
  const second = `${crm.Name} (as Unleashed says)`;
  await sandbox.update(tenant, 'crm', 'companies', crm.Id, { Name: first });
  // Far enough apart for clocks that are off by a second.
  const endsAtMs = performance.now() + 4_000;
  await until(() => performance.now() >= endsAtMs);
  await sandbox.update(tenant, 'unleashed', 'companies', unleashed.Id, { CustomerName: second });
  narrator.say(`CRM: "${first}". Four seconds later Unleashed: "${second}". Then both directions go on.`);
  const linkId = `u:${unleashed.Id}`;
  await until(async () => await fieldSeen(tour, linkId, first, second), { timeoutMs: PATIENCE_MS, what: 'both edits' });
  const startedAtMs = performance.now();
  for (const side of ['crm', 'unleashed'])
    await orderInForce(apiOf(tour.system), 'POST', tenant, 'requests', { kind: 'resume', side });
  await arrival(() => field(sandbox, tenant, 'crm', 'companies', crm.Id, 'Name'), second);
  narrator.measured('conflict decided and carried out', performance.now() - startedAtMs);
  const entries = () => readTopic(cluster, 'sync.conflict.v1', (one) => one.linkId === linkId && one.field === 'name');
  const [kept, ...more] = await until(
    async () => {
      const found = await entries();
      return found.length > 0 ? found : false;
    },
    { timeoutMs: PATIENCE_MS, what: 'the conflict in the ledger' },
  );
  if (kept === undefined) return;
  narrator.claim(
    `The latest edit stays on both sides, by the policy "${kept.policy}"; the same way every time.`,
    kept.winner === 'unleashed' && kept.policy === 'latest' && more.length === 0,
    `The ledger has ${more.length + 1} entries; the first says that ${kept.winner} won by ${kept.policy}.`,
  );
  narrator.claim(`The value that lost is kept: ${loser(kept)} (topic sync.conflict.v1).`, kept.crmValue === first);
}

function loser(kept: Conflict): string {
  return `"${kept.winner === 'crm' ? kept.unleashedValue : kept.crmValue}"`;
}

/** True when the processor has seen both edits: then a conflict is what there is to decide. */
async function fieldSeen({ cluster }: Tour, linkId: string, crm: string, unleashed: string): Promise<boolean> {
  const [link] = (await readTopic(cluster, 'sync.link.v1', (one) => one.linkId === linkId)).slice(-1);
  const name = link?.fields.find(({ field: one }) => one === 'name');
  const decided = await readTopic(cluster, 'sync.conflict.v1', (one) => one.linkId === linkId && one.field === 'name');
  return (name?.crm === crm && name.unleashed === unleashed) || decided.length > 0;
}

/** kill -9 of the processor while edits go on, on both sides. */
export async function killedProcessor(tour: Tour): Promise<void> {
  const { sandbox, narrator, system } = tour;
  narrator.scene('The processor is killed (kill -9) in mid-flight, and edits go on');
  const edits = await plannedEdits(tour, 24);
  const { lastSeq } = await sandbox.changes();
  const before = pidOf(system);
  narrator.say(`${edits.length} edits on both sides, ten a second; after a third of them process ${before} is killed.`);
  let killedAtMs = 0;
  const due = performance.now();
  for (const [index, edit] of edits.entries()) {
    await until(() => performance.now() >= due + index * 100);
    if (index === Math.floor(edits.length / 3)) {
      killedAtMs = performance.now();
      await system.supervisor.kill('sync-processor', 'SIGKILL', { restartAfter: true });
    }
    await edit();
  }
  await system.supervisor.waitReady('sync-processor');
  narrator.say(
    `It is up again, as process ${pidOf(system)}, ${duration(performance.now() - killedAtMs)} after it was killed.`,
  );
  const left = await quiet(sandbox, system.tenantIds);
  narrator.measured('from the kill until both sides agree', performance.now() - killedAtMs);
  narrator.claim('All edits are on both sides; nothing was lost.', left === 0, `${left} fields differ.`);
  const written = (await ownWrites(sandbox, lastSeq)).length;
  narrator.claim(
    `Nothing was written twice: ${edits.length} edits, ${written} writes.`,
    written === edits.length,
    'There should be one write for each edit.',
  );
}

/** Edits of as many different records, alternately in the CRM and in Unleashed, spread over the tenants. */
async function plannedEdits({ sandbox, system }: Tour, count: number): Promise<(() => Promise<unknown>)[]> {
  const edits: (() => Promise<unknown>)[] = [];
  for (const [place, tenant] of system.tenantIds.entries()) {
    const pairs = (await companyPairs(sandbox, tenant)).slice(10, 10 + Math.ceil(count / system.tenantIds.length));
    for (const [index, { crm, unleashed }] of pairs.entries()) {
      const value = `+64 4 555 ${place}${String(index).padStart(3, '0')}`;
      edits.push(() =>
        index % 2 === 0
          ? sandbox.update(tenant, 'crm', 'companies', crm.Id, { PhoneNumber: value })
          : sandbox.update(tenant, 'unleashed', 'companies', unleashed.Id, { PhoneNumber: value }),
      );
    }
  }
  return edits;
}

function pidOf(system: System): number {
  return system.supervisor.services().find(({ name }) => name === 'sync-processor')?.pid ?? 0;
}

/** Writes that changed something and were made by the sync, not by people. */
async function ownWrites(
  sandbox: SandboxClient,
  since: number,
  tenant?: string,
  ids?: readonly string[],
): Promise<SandboxChange[]> {
  const { items } = await sandbox.changes(since, tenant === undefined ? {} : { tenant });
  return items.filter(
    ({ by, id, fields, action }) =>
      by === 'api' && (ids === undefined || ids.includes(id)) && (action !== 'update' || fields.length > 0),
  );
}

async function pairNumber({ sandbox, tenant }: Tour, index: number): Promise<CompanyPair> {
  const pairs = await companyPairs(sandbox, tenant);
  const pair = pairs[index];
  if (pair === undefined) throw new Error(`tenant ${tenant} has ${pairs.length} companies on both sides`);
  return pair;
}

async function field(
  sandbox: SandboxClient,
  tenant: string,
  side: 'crm' | 'unleashed',
  collection: 'companies' | 'contacts',
  id: string,
  name: string,
): Promise<string> {
  return textOf(await sandbox.get(tenant, side, collection, id), name);
}

/** How long it takes until a value is there, milliseconds. */
async function arrival(read: () => Promise<string>, value: string): Promise<number> {
  const startedAtMs = performance.now();
  await until(async () => (await read()) === value, { timeoutMs: PATIENCE_MS, what: `"${value}" on the other side` });
  return performance.now() - startedAtMs;
}

function follow(narrator: Narrator, what: string, tookMs: number): void {
  narrator.measured(what, tookMs);
  narrator.claim(`It is there after ${duration(tookMs)}.`, tookMs < PATIENCE_MS);
}

/** Waits until no field differs any more; gives how many still do when patience ends. */
async function quiet(sandbox: SandboxClient, tenants: readonly string[]): Promise<number> {
  let left = -1;
  await until(
    async () => {
      left = (await allDifferences(sandbox, tenants)).length;
      return left === 0;
    },
    { timeoutMs: PATIENCE_MS, pauseMs: 250 },
  ).catch(() => {});
  return left;
}

function shown(text: string): string {
  return text === '' ? 'blank' : text;
}
