import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Alert, EXAMPLES, type Lane, type Progress, type Setting } from '#contracts';
import { createLog, PUBLIC_ONLY, parseOutbound, Secret } from '#runtime';
import { type Alerts, createAlerts } from './alerts.ts';
import { type AlertTimes, CLEAR_MS, HOLD_MS, REPEAT_MS, RETRY_MS, TRIES_MAX } from './incidents.ts';
import { signatureOf, tellWebhook, webhooksOf } from './webhook.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_790_000_000_000;

interface World {
  nowMs: number;
  setting: Setting;
  progress: Progress;
  lanes: Lane[];
  failing: number;
  held: number;
  differences: number | null;
  answer: string | null;
  /** What a webhook waits for before it answers; null: nothing. */
  silence: Promise<void> | null;
  /** Tenants that cannot be looked at. */
  readonly broken: Set<string>;
  /** Whether nothing can be published now. */
  isKafkaAway: boolean;
  readonly published: Map<string, Alert>;
  readonly told: Alert[][];
  readonly paused: string[];
  times: AlertTimes | undefined;
  alerts: Alerts;
  restart(): void;
  look(afterMs?: number): Promise<void>;
  /** rule/subject of open incidents. */
  open(): string[];
}

function createWorld(rules: Record<string, string> = {}): World {
  const setting = { ...EXAMPLES['sync.setting.v1'], tenantId: 'acme', enabled: true, alertRules: rules };
  const fine = { ...EXAMPLES['sync.progress.v1'], tenantId: 'acme', troubleCode: '', troubleSinceMs: null };
  const world: World = {
    nowMs: START_MS,
    setting,
    progress: { ...fine, usedCalls: 10, limitCalls: 1_000, resetsAtMs: START_MS * 2 },
    lanes: [],
    failing: 0,
    held: 0,
    differences: null,
    answer: null,
    silence: null,
    broken: new Set(),
    isKafkaAway: false,
    published: new Map(),
    told: [],
    paused: [],
    times: undefined,
    alerts: undefined as unknown as Alerts,
    restart() {
      world.alerts = createAlerts({
        knownOf: (tenantId) => ({
          ...demandWhole(world, tenantId),
          setting: world.setting,
          lanes: world.lanes,
          records: { all: 100, failing: world.failing, held: world.held },
          differences: world.differences,
          progressOf: () => world.progress,
          freshnessOf: () => ({ ...EXAMPLES['sync.freshness.v1'], freshUntilMs: world.nowMs - MINUTE_MS }),
        }),
        publishedOf: () => [...world.published.values()],
        async publish(key, _tenantId, alert) {
          if (world.isKafkaAway) throw new Error('away');
          if (alert === null) world.published.delete(key);
          else world.published.set(key, alert);
        },
        tellOf: () => async (alerts) => {
          world.told.push([...alerts]);
          await world.silence;
          return world.answer;
        },
        async pause(_tenantId, side) {
          world.paused.push(side);
        },
        log: createLog({ service: 'test', level: 'silent' }),
        ...(world.times === undefined ? {} : { times: world.times }),
        nowMs: () => world.nowMs,
      });
    },
    async look(afterMs = 5_000) {
      world.nowMs += afterMs;
      await world.alerts.look(['acme']);
      await world.alerts.quiet();
    },
    open: () =>
      [...world.published.values()]
        .filter(({ state }) => state === 'firing')
        .map((one) => `${one.rule}/${one.subject}`),
  };
  world.restart();
  return world;
}

function demandWhole(world: World, tenantId: string): object {
  if (world.broken.has(tenantId)) throw new Error(`nothing can be asked about ${tenantId}`);
  return {};
}

const refuse = (world: World): void => {
  world.progress = { ...world.progress, troubleCode: 'CREDENTIALS_REFUSED', troubleSinceMs: world.nowMs };
};
const mend = (world: World): void => {
  world.progress = { ...world.progress, troubleCode: '', troubleSinceMs: null };
};

describe('an incident', () => {
  test('begins when its rule applies, is told of once, and once more when it is over', async () => {
    const world = createWorld();
    await world.look();
    expect(world.open()).toEqual([]);
    refuse(world);
    for (let n = 0; n < 10; n += 1) await world.look();
    expect(world.open().sort()).toEqual(['credentials/crm', 'credentials/unleashed']);
    // Both in one notice.
    expect(world.told.map((alerts) => alerts.length)).toEqual([2]);
    mend(world);
    await world.look();
    expect(world.open()).toHaveLength(2);
    await world.look(CLEAR_MS);
    expect(world.open()).toEqual([]);
    expect(world.told.map((alerts) => alerts.map(({ state }) => state))).toEqual([
      ['firing', 'firing'],
      ['resolved', 'resolved'],
    ]);
  });

  test('is a mass change that the breaker holds, and what a comparison found', async () => {
    const world = createWorld({ drift: '3' });
    world.differences = 2;
    await world.look();
    expect(world.open()).toEqual([]);
    world.differences = 3;
    world.held = 60;
    await world.look();
    expect(world.open().sort()).toEqual(['breaker/', 'drift/']);
    const held = [...world.published.values()].find(({ rule }) => rule === 'breaker');
    expect(held).toMatchObject({ value: 60, detail: 'breaker-held' });
    world.differences = 0;
    world.held = 0;
    await world.look();
    await world.look(CLEAR_MS);
    expect(world.open()).toEqual([]);
    expect(
      world.told
        .flat()
        .filter(({ rule }) => rule === 'drift')
        .map(({ threshold }) => threshold),
    ).toEqual([3, 3]);
  });

  test('that flickers is one', async () => {
    const world = createWorld();
    for (let n = 0; n < 20; n += 1) {
      if (n % 2 === 0) refuse(world);
      else mend(world);
      await world.look(20_000);
    }
    expect(world.published.size).toBe(2);
    expect(world.told).toHaveLength(1);
  });

  test('is not told of twice after a restart, and is repeated while it goes on', async () => {
    const world = createWorld();
    refuse(world);
    await world.look();
    world.restart();
    await world.look();
    expect(world.told).toHaveLength(1);
    expect(world.published.size).toBe(2);
    // In trouble for so long that the side counts as unreadable, too.
    await world.look(REPEAT_MS);
    expect(world.told.length).toBeGreaterThan(1);
  });

  test('that is over while a webhook is silent: nobody waits for it, and then it hears that it is over', async () => {
    const world = createWorld();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.silence = promise;
    refuse(world);
    await world.alerts.look(['acme']);
    mend(world);
    for (let n = 0; n < 3; n += 1) {
      world.nowMs += CLEAR_MS;
      await world.alerts.look(['acme']);
    }
    expect(world.open()).toEqual([]);
    // One is under way, and none is begun beside it.
    expect(world.told).toHaveLength(1);
    resolve();
    await world.alerts.quiet();
    await world.look();
    expect(world.told.map((alerts) => alerts.map(({ state }) => state))).toEqual([
      ['firing', 'firing'],
      ['resolved', 'resolved'],
    ]);
    expect([...world.published.values()].map(({ toldState }) => toldState)).toEqual(['resolved', 'resolved']);
  });

  test('that nobody could be told of on the topic is found again', async () => {
    const world = createWorld();
    refuse(world);
    world.isKafkaAway = true;
    await expect(world.look()).rejects.toThrow('away');
    world.isKafkaAway = false;
    await world.look();
    expect(world.open().sort()).toEqual(['credentials/crm', 'credentials/unleashed']);
    expect(world.told).toHaveLength(1);
  });

  test('of a tenant is found although another one cannot be looked at', async () => {
    const world = createWorld();
    refuse(world);
    world.broken.add('broken');
    await expect(world.alerts.look(['broken', 'acme'])).rejects.toThrow('broken');
    expect(world.open()).toHaveLength(2);
  });

  test('has the times that whoever runs it gives', async () => {
    const world = createWorld();
    world.times = { holdMs: { ...HOLD_MS, failing: 1_000, breaker: 1_500 }, clearMs: 2_000, retryMs: 3_000 };
    world.restart();
    world.failing = 20;
    world.held = 1;
    await world.look();
    await world.look(1_000);
    expect(world.open()).toEqual(['failing/']);
    await world.look(500);
    expect(world.open()).toEqual(['failing/', 'breaker/']);
    world.failing = 0;
    world.held = 0;
    await world.look();
    await world.look(2_000);
    expect(world.open()).toEqual([]);
    world.answer = 'HTTP 500';
    refuse(world);
    const before = world.told.length;
    await world.look();
    await world.look(2_999);
    expect(world.told).toHaveLength(before + 1);
    await world.look(1);
    expect(world.told).toHaveLength(before + 2);
  });

  test('of which a notice is not taken is told of again, later and later, and not for ever', async () => {
    const world = createWorld({ unreadable: 'off' });
    world.answer = 'HTTP 500';
    refuse(world);
    await world.look();
    await world.look(RETRY_MS - 1);
    expect(world.told).toHaveLength(1);
    for (let n = 0; n < 200; n += 1) await world.look(RETRY_MS);
    expect(world.told.length).toBeLessThanOrEqual(TRIES_MAX);
    expect([...world.published.values()][0]).toMatchObject({ lastError: 'HTTP 500', toldState: '' });
  });
});

describe('rules', () => {
  test('have a threshold of the tenant, or are off', async () => {
    const world = createWorld({ quota: '50' });
    world.progress = { ...world.progress, usedCalls: 600 };
    await world.look();
    expect(world.open()).toEqual(['quota/unleashed']);
    world.setting = { ...world.setting, alertRules: { quota: 'off' } };
    await world.look();
    expect(world.open()).toEqual([]);
  });

  test('failing has to last, and pauses both lanes once where that is wanted', async () => {
    const world = createWorld({ pauseWhenFailing: 'on' });
    world.failing = 20;
    await world.look();
    expect(world.open()).toEqual([]);
    await world.look(10 * MINUTE_MS);
    await world.look();
    expect(world.open()).toEqual(['failing/']);
    expect(world.paused).toEqual(['crm', 'unleashed']);
  });

  test('a lane that stays closed', async () => {
    const world = createWorld();
    world.lanes = [{ ...EXAMPLES['sync.lane.v1'], side: 'crm', state: 'deferred' }];
    await world.look();
    expect(world.open()).toEqual([]);
    await world.look(15 * MINUTE_MS);
    expect(world.open()).toEqual(['lane/crm']);
  });

  test('the month that is nearly spent', async () => {
    const world = createWorld();
    world.progress = { ...world.progress, usedCalls: 901 };
    await world.look();
    expect(world.open()).toEqual(['quota/unleashed']);
    expect([...world.published.values()][0]).toMatchObject({ value: 90.1, threshold: 90 });
  });
});

describe('the webhook', () => {
  const taken: { path: string; headers: IncomingMessage['headers']; body: string }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      taken.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end();
    });
  });
  const target = () => ({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    secret: new Secret('a secret of the receiver'),
    outbound: null,
  });
  beforeEach(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    taken.length = 0;
    status = 200;
    server.close();
    await once(server, 'close');
  });

  test('is sent a signed body without a secret in it', async () => {
    expect(await tellWebhook(target(), 'acme', [EXAMPLES['sync.alert.v1']], START_MS)).toBeNull();
    const [{ headers, body } = { headers: {} as IncomingMessage['headers'], body: '' }] = taken;
    const timestamp = String(headers['x-twoway-timestamp']);
    expect(Number(timestamp) * 1_000).toBe(START_MS);
    expect(headers['x-twoway-signature']).toBe(signatureOf('a secret of the receiver', timestamp, body));
    expect(headers['x-twoway-signature']).not.toBe(signatureOf('another', timestamp, body));
    expect(JSON.parse(body)).toMatchObject({ tenantId: 'acme', notices: [{ rule: 'freshness', state: 'resolved' }] });
    expect(body).not.toContain('a secret');
  });

  test('is not followed elsewhere, and what it refuses is said', async () => {
    status = 302;
    expect(await tellWebhook(target(), 'acme', [EXAMPLES['sync.alert.v1']], START_MS)).toBe('HTTP 302');
    expect(taken).toHaveLength(1);
    const away = { ...target(), url: 'http://127.0.0.1:1/' };
    expect(await tellWebhook(away, 'acme', [EXAMPLES['sync.alert.v1']], START_MS)).toBe('no connection');
  });

  test("of a tenant's own is told of that tenant alone, signed with its own secret; all others are told where all are", async () => {
    const { url, secret } = target();
    const own = { webhookUrl: `${url}/acme?a=b`, webhookSecret: new Secret('of acme alone') };
    const targetOf = webhooksOf({
      alertWebhook: { url, secret },
      outbound: parseOutbound('127.0.0.1'),
      tenantOf: (id) => (id === 'acme' ? { alerts: own } : id === 'other' ? {} : undefined),
    });
    const alert = EXAMPLES['sync.alert.v1'];
    for (const id of ['acme', 'other', 'gone']) {
      expect(await tellWebhook(targetOf(id)!, id, [{ ...alert, tenantId: id }], START_MS)).toBeNull();
    }
    expect(taken.map(({ path, body }) => [path, JSON.parse(body).tenantId])).toEqual([
      ['/hook/acme?a=b', 'acme'],
      ['/hook', 'other'],
      ['/hook', 'gone'],
    ]);
    const timestamp = String(START_MS / 1_000);
    const signatures = taken.map(({ headers }) => headers['x-twoway-signature']);
    const keys = ['of acme alone', secret.reveal(), secret.reveal()];
    expect(signatures).toEqual(taken.map(({ body }, at) => signatureOf(keys[at]!, timestamp, body)));
    for (const { path, body } of taken) expect(body.includes('acme')).toBe(path.startsWith('/hook/acme'));
    const nobody = webhooksOf({ alertWebhook: undefined, outbound: PUBLIC_ONLY, tenantOf: () => ({}) });
    expect(nobody('acme')).toBeUndefined();
  });

  test('within our own network is not called for a tenant, and why is said', async () => {
    const port = (server.address() as AddressInfo).port;
    for (const host of ['127.0.0.1', 'localhost']) {
      const alerts = { webhookUrl: `http://${host}:${port}/hook`, webhookSecret: new Secret('of acme') };
      const targetOf = webhooksOf({ alertWebhook: target(), outbound: PUBLIC_ONLY, tenantOf: () => ({ alerts }) });
      const why = await tellWebhook(targetOf('acme')!, 'acme', [EXAMPLES['sync.alert.v1']], START_MS);
      expect(why).toMatch(/^not sent: .*127\.0\.0\.1.* is not a public address .*OUTBOUND_ALLOW/);
    }
    // Not told to the common address instead, either.
    expect(taken).toEqual([]);
  });
});
