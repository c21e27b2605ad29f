/** unleashed-connector when Unleashed is in trouble: what is said, what is kept, and that the other tenants do not notice. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Kit, type Service, startKit } from '../support/api-kit.ts';
import { until } from '../support/until.ts';

const TROUBLED = 'tenant-001';
const OTHER = 'tenant-002';
const THIRD = 'tenant-003';

let kit: Kit;
let connector: Service;
let edits = 0;

const reads = (tenant: string, code: string) => connector.metric('twoway_unleashed_reads_total', { tenant, code });
const fault = (kind: string, more: Record<string, unknown> = {}) =>
  kit.control('POST', `/tenants/${TROUBLED}/faults`, { side: 'unleashed', kind, ...more });
const customersOf = (tenant: string) =>
  kit.records('unleashed.customer.v1').filter((record) => record.tenantId === tenant);

/** A person's edit in a tenant, seen on the topic. */
async function editAndSee(tenant: string): Promise<void> {
  edits += 1;
  const [customer] = customersOf(tenant);
  const phone = `edit ${edits}`;
  await kit.person('PATCH', `${tenant}/unleashed/companies/${customer?.guid}`, { PhoneNumber: phone });
  await until(() => customersOf(tenant).some((record) => record.phone === phone), { what: `the edit of ${tenant}` });
}

beforeAll(async () => {
  kit = await startKit('unl-trouble', { tenants: 3 });
  connector = await kit.start('unleashed-connector', { env: { WEBHOOKS: 'false' } });
  for (const tenant of [TROUBLED, OTHER, THIRD]) await until(() => customersOf(tenant).length > 0);
});

afterEach(async () => {
  await kit.control('DELETE', `/tenants/${TROUBLED}/faults`);
});

afterAll(() => kit?.stop());

test.each([
  ['htmlBody', {}, 'NONSENSE_ANSWER'],
  ['truncatedBody', {}, 'NONSENSE_ANSWER'],
  ['hugeBody', {}, 'NONSENSE_ANSWER'],
  ['outage', {}, 'UNAVAILABLE'],
  ['error', { status: 500 }, 'EMPTY_SERVER_ERROR'],
  ['refusedConnection', {}, 'CONNECTION_LOST'],
] as const)('%s: said in a metric, the others go on, and it heals by itself', async (kind, more, code) => {
  const before = await reads(TROUBLED, code);
  await fault(kind, more);
  await until(async () => (await reads(TROUBLED, code)) > before, { what: code });
  await editAndSee(OTHER);
  if (code === 'NONSENSE_ANSWER') {
    const kept = () => kit.records('sync.quarantine.v1').filter((record) => record.code === code);
    await until(() =>
      kept().some((record) => record.service === 'unleashed-connector' && (record.value?.length ?? 0) > 0),
    );
  }
  await kit.control('DELETE', `/tenants/${TROUBLED}/faults`);
  await editAndSee(TROUBLED);
});

test('a tenant that hangs does not hold up the others', async () => {
  await fault('latency', { delayMs: 20_000 });
  for (let n = 0; n < 3; n += 1) await editAndSee(OTHER);
});

test('the budget is kept: polls are stretched over the month, and stop at their share', async () => {
  const section = new RegExp(`(id: ${THIRD}[\\s\\S]*?monthlyCalls: )\\d+`);
  const used = async () => {
    const { items } = (await kit.look(`/calls?tenant=${THIRD}&side=unleashed`)) as { items: unknown[] };
    return items.length;
  };
  const spent = await used();
  kit.rewriteTenants((text) => text.replace(section, `$1${spent + 4}`));
  const interval = () => connector.metric('twoway_unleashed_poll_interval_seconds', { tenant: THIRD });
  // Four calls for what is left of the month, in seconds: little in its last hours.
  const now = new Date();
  const leftS = (Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) - now.getTime()) / 1_000;
  await until(async () => (await interval()) > Math.min(3_600, leftS / 8));
  const calls = await used();
  await editAndSee(OTHER);
  await editAndSee(TROUBLED);
  expect(await used()).toBe(calls);
  expect(calls).toBeLessThanOrEqual(spent + 4);
});

test('a tenant that is taken out of the file is read no more, one that is put in is read at once', async () => {
  const yaml = await (await fetch(`${kit.sandboxUrl}/control/tenants.yaml`)).text();
  const parts = yaml.split(/^ {2}- /m);
  kit.rewriteTenants(() =>
    [parts[0], parts[2]]
      .join('  - ')
      .replace('pollSeconds: 5', 'pollSeconds: 1')
      .replace('monthlyCalls: 1000000', 'monthlyCalls: 90000000'),
  );
  const calls = async () => ((await kit.look(`/calls?tenant=${TROUBLED}`)) as { items: unknown[] }).items.length;
  const polled = () => reads(OTHER, 'ok');
  const served = async () =>
    (await connector.metric('twoway_unleashed_poll_interval_seconds', { tenant: TROUBLED })) > 0;
  await until(async () => !(await served()));
  const [callsBefore, polledBefore] = [await calls(), await polled()];
  await until(async () => (await polled()) >= polledBefore + 3);
  expect(await calls()).toBe(callsBefore);
  kit.rewriteTenants(() =>
    yaml.replaceAll('pollSeconds: 5', 'pollSeconds: 1').replaceAll('monthlyCalls: 1000000', 'monthlyCalls: 90000000'),
  );
  await editAndSee(TROUBLED);
});

test('is ended cleanly also while a read hangs', async () => {
  await fault('latency', { delayMs: 30_000 });
  const hanging = async () => ((await kit.look(`/tenants/${TROUBLED}`)) as { faults: number }).faults > 0;
  await until(hanging);
  await editAndSee(OTHER);
  expect(await connector.end('SIGTERM')).toBe(0);
});
