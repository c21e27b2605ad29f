/** control-api and sync-processor as processes on a real Kafka: what a person orders, and what becomes of it. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { setUp } from '../../services/cli/setup.ts';
import { entryOf, type ServiceName } from '../../services/cli/supervisor/plan.ts';
import { createSupervisor, type Supervisor } from '../../services/cli/supervisor/supervisor.ts';
import { deleteTopics, kafkaOf } from '../support/kafka.ts';
import { until } from '../support/until.ts';

const TOKEN = 'token-of-the-control-api-test-0123456789';
const { kafkaBrokers, schemaRegistryUrl, redisUrl } = useStack();
const prefix = uniquePrefix('control');

let folder: string;
let supervisor: Supervisor;
let base: string;

function tenantsFile(ids: readonly string[], name = 'Tenant'): void {
  const tenants = ids.map((id) => ({
    id,
    name: `${name} ${id}`,
    timeZone: 'Europe/London',
    prospect: { baseUrl: `http://127.0.0.1:1/${id}`, token: `planted-${id}`, webhookSecret: `planted-${id}` },
    unleashed: { baseUrl: 'http://127.0.0.1:1', apiId: `planted-${id}`, apiKey: 'planted', monthlyCalls: 1000 },
    sync: { enabled: true },
  }));
  writeFileSync(join(folder, 'tenants.yaml'), JSON.stringify({ tenants }));
}

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function settingsOf(tenantId: string): Promise<Record<string, unknown>> {
  return (await call('GET', `/v1/tenants/${tenantId}/settings`)).body;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'control-api-'));
  tenantsFile(['acme', 'bolt']);
  await setUp({
    kafka: kafkaOf(kafkaBrokers),
    registry: { url: schemaRegistryUrl },
    topicPrefix: prefix,
    partitions: 4,
  });
  const env = {
    KAFKA_BROKERS: kafkaBrokers.join(','),
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: prefix,
    TOPIC_PREFIX: prefix,
    TOPIC_PARTITIONS: '4',
    TENANTS_FILE: join(folder, 'tenants.yaml'),
    TENANTS_STORE_DIR: join(folder, 'store'),
    TWOWAY_KEY: randomBytes(32).toString('base64'),
    OUTBOUND_ALLOW: '127.0.0.1',
    CONTROL_API_TOKEN: TOKEN,
    READ_MODEL_DIR: join(folder, 'read-model'),
  };
  supervisor = createSupervisor({ logDir: join(folder, 'logs') });
  const spec = async (name: ServiceName) => ({ name, entry: entryOf(name), port: await getPort(), heapMb: 256, env });
  const api = await spec('control-api');
  base = `http://127.0.0.1:${api.port}`;
  await supervisor.start([api, await spec('sync-processor')]);
  await until(async () => (await settingsOf('bolt')).enabled === true);
});

afterAll(async () => {
  await supervisor?.stop();
  await deleteTopics(kafkaBrokers, prefix);
  rmSync(folder, { recursive: true, force: true });
});

describe('control-api', () => {
  it('publishes tenants with their first settings, and none of their secrets', async () => {
    const { body } = await call('GET', '/v1/tenants');
    expect(body).toMatchObject({
      tenants: [
        { tenantId: 'acme', settings: { enabled: true, version: 1 } },
        { tenantId: 'bolt', settings: { enabled: true } },
      ],
    });
    expect(JSON.stringify(body)).not.toContain('planted');
  });

  it('switches off, and answers when it holds', async () => {
    const { status, body } = await call('PUT', '/v1/tenants/acme/settings', { enabled: false });
    expect([status, body]).toMatchObject([200, { settings: { enabled: false, holds: true, changedBy: 'admin' } }]);
    expect(await settingsOf('bolt')).toMatchObject({ enabled: true });
  });

  it('refuses a change that was made on an old page', async () => {
    const { version } = await settingsOf('acme');
    const first = await call('PUT', '/v1/tenants/acme/settings', { addresses: true, seenVersion: version });
    expect(first.status).toBe(200);
    const second = await call('PUT', '/v1/tenants/acme/settings', { addresses: false, seenVersion: version });
    expect([second.status, second.body]).toMatchObject([409, { code: 'STALE_VERSION', reason: 'setting-stale' }]);
    expect(await settingsOf('acme')).toMatchObject({ addresses: true });
  });

  it('does a repeated request once', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await call('PUT', '/v1/tenants/acme/settings', { conflictPolicy: 'crm' }, headers);
    const second = await call('PUT', '/v1/tenants/acme/settings', { conflictPolicy: 'crm' }, headers);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
  });

  it('refuses what cannot be, with the reason', async () => {
    const change = { accountManagers: false, accountManagersOvernight: true };
    const { status, body } = await call('PUT', '/v1/tenants/acme/settings', change);
    expect([status, body]).toMatchObject([409, { code: 'REFUSED', reason: 'setting-needs-account-managers' }]);
  });

  it('pauses and resumes a side', async () => {
    const paused = await call('POST', '/v1/tenants/bolt/requests', { kind: 'pause', side: 'crm' });
    expect([paused.status, paused.body]).toMatchObject([200, { settings: { pausedSides: ['crm'], holds: true } }]);
    const resumed = await call('POST', '/v1/tenants/bolt/requests', { kind: 'resume', side: 'crm' });
    expect([resumed.status, resumed.body]).toMatchObject([200, { settings: { pausedSides: [] } }]);
  });

  it('pauses and resumes a kind of record', async () => {
    const paused = await call('POST', '/v1/tenants/bolt/requests', { kind: 'pause', entity: 'contact' });
    expect([paused.status, paused.body]).toMatchObject([
      200,
      { settings: { pausedEntities: ['contact'], holds: true } },
    ]);
    const resumed = await call('POST', '/v1/tenants/bolt/requests', { kind: 'resume', entity: 'contact' });
    expect([resumed.status, resumed.body]).toMatchObject([200, { settings: { pausedEntities: [], pausedSides: [] } }]);
  });

  it('says that a record is not known', async () => {
    const order = { kind: 'read', side: 'crm', entity: 'company', recordId: '1' };
    expect((await call('POST', '/v1/tenants/bolt/requests', order)).status).toBe(404);
  });

  it('settles two admins at once: one wins, the other hears of it', async () => {
    const { version } = await settingsOf('bolt');
    const change = (contactRoleCode: string) =>
      call('PUT', '/v1/tenants/bolt/settings', { contactRoleCode, seenVersion: version });
    const both = await Promise.all([change('AAA'), change('BBB')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('shows who ordered what, and what was decided', async () => {
    const audit = async () => {
      const { status, body } = await call('GET', '/v1/tenants/bolt/audit?limit=200');
      const entries = (body.entries ?? []) as { kind: string; by: string; answer: { verdict: string } | null }[];
      const settings = entries.filter(({ kind }) => kind === 'set-settings');
      return [status, settings.map(({ by, answer }) => `${by} ${answer?.verdict}`).sort()];
    };
    // What was decided comes behind what was ordered.
    await expect.poll(audit, { timeout: 30_000 }).toEqual([200, ['admin accepted', 'admin refused']]);
    const { status, body } = await call('GET', '/v1/tenants/bolt/overview');
    expect([status, body]).toMatchObject([200, { states: { 'in-sync': 0 }, openQuestions: 0, quarantined: 0 }]);
    expect((await call('GET', '/v1/tenants/nobody/audit')).status).toBe(404);
  });

  it('takes a tenant that a person adds, changes and removes; its credentials are on no topic and in no file', async () => {
    const tenant = {
      ...{ id: 'dune', name: 'Dune', timeZone: 'Europe/London', sync: { enabled: true, conflictPolicy: 'crm' } },
      prospect: {
        baseUrl: 'http://127.0.0.1:1/dune',
        token: 'planted-token-of-dune',
        webhookSecret: 'planted-hook-of-dune',
      },
      unleashed: {
        baseUrl: 'http://127.0.0.1:1',
        apiId: 'planted-id-of-dune',
        apiKey: 'planted-key-of-dune',
        monthlyCalls: 9,
      },
    };
    const inward = { ...tenant, prospect: { ...tenant.prospect, baseUrl: 'https://169.254.169.254' } };
    expect(await call('POST', '/v1/tenants', { tenant: inward })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'prospect.baseUrl' }], detail: expect.stringContaining('OUTBOUND_ALLOW') },
    });
    // Nothing answers there: that is said, and only who insists has it stored.
    const refused = await call('POST', '/v1/tenants', { tenant });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'CHECK_FAILED', findings: [{ level: 'problem' }, { level: 'problem' }] },
    });
    const added = await call('POST', '/v1/tenants', { tenant, despiteProblems: true });
    expect(added).toMatchObject({
      status: 200,
      body: { status: 'accepted', configuration: { managedBy: 'console', revision: 1 } },
    });
    await until(async () => (await settingsOf('dune')).enabled === true);
    expect(await call('POST', '/v1/tenants', { tenant, despiteProblems: true })).toMatchObject({ status: 409 });
    const thief = { ...tenant, id: 'thief' };
    expect(await call('POST', '/v1/tenants', { tenant: thief, despiteProblems: true })).toMatchObject({ status: 409 });

    const path = '/v1/tenants/dune/configuration';
    const moved = { tenant: { prospect: { baseUrl: 'http://127.0.0.1:2' } }, seenRevision: 1, despiteProblems: true };
    expect(await call('PUT', path, moved)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'prospect.token' }] },
    });
    // Nothing of it is about the two systems: they are not asked, and that they do not answer is no matter.
    const renamed = { tenant: { name: 'Dune 2' }, seenRevision: 1 };
    expect(await call('PUT', path, renamed)).toMatchObject({
      status: 200,
      body: { configuration: { name: 'Dune 2', revision: 2 } },
    });
    expect(await call('PUT', path, renamed)).toMatchObject({ status: 409, body: { code: 'STALE_VERSION' } });
    expect(await call('PUT', '/v1/tenants/acme/configuration', renamed)).toMatchObject({
      status: 409,
      body: { title: expect.stringContaining('tenants file') },
    });

    const removal = { confirm: 'dune', seenRevision: 2 };
    expect(await call('POST', '/v1/tenants/dune/removal', { ...removal, confirm: 'bolt' })).toMatchObject({
      status: 400,
    });
    const { version } = await settingsOf('dune');
    expect(await call('POST', '/v1/tenants/dune/removal', removal)).toMatchObject({
      status: 200,
      body: { configuration: { standing: 'removed' } },
    });
    await until(async () => (await call('GET', '/v1/tenants/dune')).status === 404);
    expect((await call('POST', '/v1/tenants', { tenant, despiteProblems: true })).status).toBe(200);
    // It goes on where it was: one version for the removal, one for the return, the rest as before.
    const isBack = async () => Number((await settingsOf('dune')).version) === Number(version) + 2;
    await until(isBack, { what: 'the tenant to be back' });
    expect(await settingsOf('dune')).toMatchObject({ enabled: true, conflictPolicy: 'crm', holds: true });

    const { body } = await call('GET', path);
    expect((body.history as { what: string }[]).map(({ what }) => what)).toEqual([
      'added',
      'changed',
      'removed',
      'added again',
    ]);
    const files = readdirSync(join(folder, 'store')).map((name) => readFileSync(join(folder, 'store', name), 'utf8'));
    for (const text of [JSON.stringify([added, body]), ...files]) expect(text).not.toContain('planted');
    const audit = async () =>
      (((await call('GET', '/v1/tenants/dune/audit')).body.entries ?? []) as { kind: string }[]).map(
        ({ kind }) => kind,
      );
    await expect.poll(audit, { timeout: 30_000 }).toEqual(Array.from({ length: 4 }, () => 'configure-tenant'));
    expect((await call('POST', '/v1/tenants/dune/removal', { confirm: 'dune', seenRevision: 4 })).status).toBe(200);
  });

  it('takes a changed file up without a restart, and forgets a tenant that is gone', async () => {
    tenantsFile(['acme', 'cork'], 'Renamed');
    await until(async () => (await call('GET', '/v1/tenants/bolt')).status === 404);
    await until(async () => (await call('GET', '/v1/tenants/acme')).body.name === 'Renamed acme');
    await until(async () => (await settingsOf('cork')).enabled === true);
    // What a person has set counts more than what the file says to begin with.
    expect(await settingsOf('acme')).toMatchObject({ enabled: false });
  });

  it('keeps the last good file when a new one has mistakes', async () => {
    writeFileSync(join(folder, 'tenants.yaml'), 'tenants: [{ id: "No Good" }]');
    await until(async () => {
      const metrics = await (await fetch(`${base}/metrics`)).text();
      return /^twoway_tenants_file_invalid\S* 1$/m.test(metrics);
    });
    expect((await call('GET', '/v1/tenants/acme')).status).toBe(200);
  });

  it('answers as before after a restart', async () => {
    tenantsFile(['acme', 'cork'], 'Renamed');
    const before = await call('GET', '/v1/tenants');
    await supervisor.kill('control-api', 'SIGKILL');
    await supervisor.restart('control-api');
    expect(await call('GET', '/v1/tenants')).toEqual(before);
  });
});
