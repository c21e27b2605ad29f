/**
 * Alerts on the whole chain: each rule that people are to hear of goes off for a real reason, is told of once, signed, to whoever
 * it is meant for, leads to what was ordered, and is over when its reason is.
 *
 * Each reason has a tenant of its own on one running system; what takes minutes to be late begins first and is looked at last.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '#test/support/axe.ts';
import { until } from '#test/support/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '#test/support/webhook-receiver.ts';
import { companyPairs } from '../../services/cli/sandbox-client/pairs.ts';
import { readTopic } from '../../services/cli/topic-reading.ts';
import type { AuditAnswer, RecordsAnswer } from '../../services/control-api/read-model/answers.ts';
import { alertsOf, documentedCheck, wait } from './alerts-kit.ts';
import { confirm, heading, isOff, LOOKER, showsText, tokensOfRoles, useBrowsing } from './browsing.ts';
import { type Shown, useRows } from './rows/kit.ts';
import { ADDED, ADDED_PATH, walkWebhook } from './webhook-walk.ts';

const COMMON = '/all-tenants';
const OWN = '/of-one-tenant';
const COMMON_SECRET = 'what-notices-of-all-are-signed-with';
const OWN_SECRET = 'what-notices-of-one-are-signed-with';

/** The receiver is there before the system that is told its address. */
const receiver: WebhookReceiver = await startWebhookReceiver();
afterAll(() => receiver.close());

const rows = useRows(
  'alerts',
  32,
  {
    'control-api': {
      CONTROL_API_TOKENS_FILE: tokensOfRoles(),
      ALERT_WEBHOOK_URL: receiver.urlOf(COMMON),
      ALERT_WEBHOOK_SECRET: COMMON_SECRET,
      WATCH_MS: '1000',
      ...{ ALERT_FAILING_SECONDS: '3', ALERT_CLEAR_SECONDS: '5', ALERT_RETRY_SECONDS: '2' },
    },
    'crm-capture': { CATCH_UP_SECONDS: '5', CATCH_UP_OVERLAP_SECONDS: '0' },
  },
  4,
);
const browsing = useBrowsing(rows);
const { open } = browsing;
const alerts = alertsOf(rows, receiver);
const { told, noticesOf, incident, firing, logged, triesOf, laneOf, configure, put, fault, polled, healthOf } = alerts;

/** Tenants by what happens to them; the first is the one that is looked at in the console. */
const tenants = () => {
  const [main, own, month, late] = rows.chain.tenants;
  return { main: main!, own: own!, month: month!, late: late! };
};

const incidentsOn = (page: Page) => page.getByRole('region', { name: 'Incidents' });

beforeAll(async () => {
  const { own, late } = tenants();
  // The rule at its shortest, and a CRM that cannot be read from here on: that is late after five minutes.
  await put(late, { alertRules: { freshness: '1' } });
  await fault(late, { side: 'crm', kind: 'outage' });
  configure(own, (tenant) => {
    tenant.alerts = { webhookUrl: receiver.urlOf(OWN), webhookSecret: OWN_SECRET };
  });
  await wait('the webhook of one to be taken up', async () => {
    const { body } = await rows.chain.control('GET', `/v1/tenants/${own}/configuration`);
    return (body as { alerts: { webhookUrl: string } | null }).alerts?.webhookUrl === receiver.urlOf(OWN);
  });
}, 120_000);

it('refused credentials: in the API, on the page, in metrics and log, told to both webhooks with a signature, and over when they are good again', async () => {
  const { main, own } = tenants();
  const [pair] = await companyPairs(rows.sandbox, own);
  for (const tenantId of [main, own]) await fault(tenantId, { side: 'crm', kind: 'revokedCredential' });
  // Reading is refused, and so is writing.
  await rows.sandbox.update(own, 'unleashed', 'companies', pair!.unleashed.Id, { PhoneNumber: '+44 20 refused' });

  const isOurs = await documentedCheck();
  for (const [tenantId, path, secret, other] of [
    [main, COMMON, COMMON_SECRET, OWN_SECRET],
    [own, OWN, OWN_SECRET, COMMON_SECRET],
  ] as const) {
    const { delivery, notice } = await told(tenantId, 'credentials', 'firing');
    expect(delivery.path).toBe(path);
    expect(notice).toMatchObject({ subject: 'crm', detail: expect.stringMatching(/credentials.refused/i) });
    const { headers, body } = delivery;
    expect(isOurs(headers, body, secret)).toBe(true);
    expect(isOurs(headers, body, other)).toBe(false);
    expect(isOurs(headers, Buffer.from(body.toString().replace('firing', 'resolved')), secret)).toBe(false);
    // Whoever took it down cannot send it again later, nor with another time.
    const sentAtMs = Number(headers['x-twoway-timestamp']) * 1_000;
    expect(isOurs(headers, body, secret, sentAtMs + 299_000)).toBe(true);
    expect(isOurs(headers, body, secret, sentAtMs + 301_000)).toBe(false);
    const later = { ...headers, 'x-twoway-timestamp': String(sentAtMs / 1_000 + 600) };
    expect(isOurs(later, body, secret, sentAtMs + 600_000)).toBe(false);
    expect(body.toString()).not.toContain(secret);
    await incident(tenantId, 'credentials', { subject: 'crm', state: 'firing', lastError: '' });
    await wait('the metric', () => firing(tenantId, 'credentials', 'crm'));
  }
  const published = await readTopic(rows.chain.cluster, 'sync.alert.v1', ({ tenantId }) => tenantId === own);
  expect(published.at(-1)).toMatchObject({ rule: 'credentials', subject: 'crm', state: 'firing', toldState: 'firing' });
  const page = await open('alerts');
  await showsText(incidentsOn(page), /Credentials are refused: CRMSince/);
  expect(await seriousFindings(page)).toEqual([]);

  await wait('writing to be refused', async () => (await laneOf(own, 'crm')) === 'credentials-refused');
  for (const tenantId of [main, own]) {
    await rows.sandbox.clearFaults(tenantId);
    // What an operator changes is taken up at once, and everything tried again: not after the wait for credentials.
    configure(tenantId, ({ unleashed }) => {
      unleashed.pollSeconds += 1;
    });
  }
  for (const tenantId of [main, own]) {
    await told(tenantId, 'credentials', 'resolved');
    await incident(tenantId, 'credentials', { state: 'resolved' });
    await wait('the metric to be gone', async () => !(await firing(tenantId, 'credentials', 'crm')));
    // Refused a hundred times, told once.
    expect(noticesOf(tenantId, 'credentials', 'firing')).toHaveLength(1);
    expect(logged(tenantId, 'credentials').map(({ msg }) => msg)).toEqual([
      'an alert: its rule applies',
      'an alert is over',
    ]);
  }
  await showsText(incidentsOn(page), /Credentials are refused: CRM.*over at/);
  await rows.wait('what waited to be written', async () => {
    const { PhoneNumber } = await rows.sandbox.get(own, 'crm', 'companies', pair!.crm.Id);
    return PhoneNumber === '+44 20 refused';
  });
}, 240_000);

it('many records fail: one notice, both lanes pause, say why, and go on when a person resumes them', async () => {
  const { main, own } = tenants();
  // Somebody else's webhook does not answer, with a notice of theirs on the way.
  receiver.answer(OWN, null);
  await fault(own, { side: 'unleashed', kind: 'revokedCredential' });
  await wait('a notice that is not answered', () => triesOf(own).some(({ status }) => status === null));
  const page = await open('alerts');
  await page.getByLabel('Records that fail', { exact: true }).selectOption({ label: '10 %' });
  await confirm(page);
  await page.getByLabel('While many records fail').selectOption({ label: 'Pause writing to both sides' });
  await confirm(page);
  const looking = await open('alerts', {}, LOOKER);
  await isOff(looking.getByLabel('While many records fail'));

  const pairs = Array.from({ length: 12 }, () => rows.freshPair());
  const refused = { kind: 'error', side: 'unleashed', status: 400, body: { description: 'no' }, methods: ['POST'] };
  await fault(main, refused);
  for (const { crm } of pairs) await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 44 fails' });
  const { notice } = await told(main, 'failing', 'firing');
  // Within their ten seconds nobody waited for them; and they have been tried again since.
  expect(triesOf(own).every(({ status }) => status === null)).toBe(true);
  receiver.answer(OWN, 500);
  expect(notice.threshold).toBe(10);
  expect(notice.value).toBeGreaterThanOrEqual(10);
  const paused = async () =>
    ((await rows.chain.control('GET', `/v1/tenants/${main}/settings`)).body as { pausedSides: string[] }).pausedSides;
  await wait('both lanes to be paused', async () => (await paused()).length === 2);
  await incident(main, 'failing', { pausedLane: true });
  await showsText(incidentsOn(page), /Many records fail.*Writing was paused because of it/);
  expect(await seriousFindings(page)).toEqual([]);
  const overview = await open('overview');
  for (const side of ['the CRM', 'Unleashed']) {
    const notice = overview.getByRole('alert').filter({ hasText: `Writing to ${side} is paused` });
    await showsText(notice, /more of the records failed than the alert allows.*See what fails/);
  }
  const { body } = await rows.chain.control('GET', `/v1/tenants/${main}/audit`);
  const pauses = (body as AuditAnswer).entries.filter(({ kind, by }) => kind === 'pause' && by === 'alert-rule');
  expect(pauses).toHaveLength(2);

  // Nothing is written any more, although it could be; and whoever asks hears why.
  await rows.sandbox.clearFaults(main);
  const waiting = rows.freshPair();
  const { lastSeq } = await rows.sandbox.calls();
  await rows.edit('crm', 'companies', waiting.crm.Id, { PhoneNumber: '+44 44 waits' });
  await rows.record('company', `c:${waiting.crm.Id}`, 'that it is paused', ({ fields }) =>
    fields.some(({ field, reason }) => field === 'phone' && reason === 'side-paused'),
  );
  await polled(main, lastSeq, 3);
  const { items } = await rows.sandbox.calls(lastSeq, { tenant: main });
  expect(items.filter(({ userAgent, method }) => /-sink/.test(userAgent) || method !== 'GET')).toEqual([]);

  // A person resumes: what waited flows, and what failed is tried again.
  const tenantsPage = await open('tenants');
  await tenantsPage
    .locator(`[data-tenant="${main}"]`)
    .getByRole('button', { name: /^Resume/ })
    .click();
  await tenantsPage.getByRole('dialog').getByRole('button', { name: 'Resume', exact: true }).click();
  await rows.shows('unleashed', 'companies', waiting.unleashed.Id, { PhoneNumber: '+44 44 waits' });
  for (const { unleashed } of pairs) {
    const order = { kind: 'retry', side: 'unleashed', entity: 'company', recordId: unleashed.Id };
    expect(await rows.order(order)).toMatchObject({ status: 200 });
  }
  for (const { unleashed } of pairs) {
    await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 44 fails' });
  }
  await told(main, 'failing', 'resolved');
  expect(await paused()).toEqual([]);
  expect(noticesOf(main, 'failing', 'firing')).toHaveLength(1);
  expect(logged(main, 'failing')).toHaveLength(2);
}, 240_000);

it('a webhook that fails is tried again, within limits, and its notice is still taken', async () => {
  const { own } = tenants();
  const tries = (status: number | null) => triesOf(own).filter((one) => one.status === status);
  await wait('a try that fails', () => tries(500).length > 0);
  const failed = await incident(own, 'credentials', { state: 'firing', lastError: 'HTTP 500' });
  expect(failed).toMatchObject({ subject: 'unleashed', toldAt: null });
  receiver.answer(OWN, 204);
  await wait('a try that is taken', () => tries(204).length > 0);
  await incident(own, 'credentials', { state: 'firing', lastError: '' });
  expect(new Set(triesOf(own).map(({ notices }) => notices[0]!.id)).size).toBe(1);
  expect(triesOf(own).length).toBeLessThanOrEqual(8);
  await rows.sandbox.clearFaults(own);
  configure(own, ({ unleashed }) => {
    unleashed.pollSeconds += 1;
  });
  await wait('the end', () =>
    noticesOf(own, 'credentials', 'resolved').some(({ notice }) => notice.subject === 'unleashed'),
  );
  // Taken, and not sent again.
  expect(tries(204)).toHaveLength(1);
}, 240_000);

it('a mass change: the breaker holds it, says how many records wait for approval, and is over when a person decided', async () => {
  const { main } = tenants();
  const { body } = await rows.chain.control('GET', `/v1/tenants/${main}/records?state=in-sync&limit=200`);
  const { records } = body as RecordsAnswer;
  // More than the breaker lets pass in any case.
  expect(records.length).toBeGreaterThan(50);
  await rows.settings({ enabled: false, breakerShare: 20 });
  for (const { entity, crmId } of records) {
    const collection = entity === 'company' ? 'companies' : 'contacts';
    await rows.edit('crm', collection, crmId!, { PhoneNumber: '+44 99 import' });
  }
  for (const { entity, crmId } of records) {
    await rows.record(entity as 'company', `c:${crmId}`, 'the import', ({ fields }: Shown) =>
      fields.some(({ field, crm }) => field === 'phone' && crm === '+44 99 import'),
    );
  }
  await rows.settings({ enabled: true });
  const { notice } = await told(main, 'breaker', 'firing');
  expect(notice.detail).toBe('breaker-held');
  expect(notice.value).toBeGreaterThan(0);
  const page = await open('alerts');
  await showsText(incidentsOn(page), /The breaker holds a mass change.*waited for approval/);
  await incidentsOn(page).getByRole('link', { name: 'Plans' }).click();
  await heading(page, 'Plans');
  await page.getByRole('button', { name: 'Plan the refusal' }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  await told(main, 'breaker', 'resolved');
  expect(noticesOf(main, 'breaker', 'firing')).toHaveLength(1);
  expect(logged(main, 'breaker')).toHaveLength(2);
}, 240_000);

it('the calls of the month: told when they are nearly used, and over when there are more', async () => {
  const { month } = tenants();
  const used = (await healthOf(month)).quota!.usedCalls;
  configure(month, ({ unleashed }) => {
    unleashed.monthlyCalls = Math.ceil(used * 1.05);
  });
  const { notice } = await told(month, 'quota', 'firing');
  expect(notice).toMatchObject({ subject: 'unleashed', threshold: 90 });
  expect(notice.value).toBeGreaterThanOrEqual(90);
  await wait('the metric', () => firing(month, 'quota', 'unleashed'));

  // Used up, as Unleashed says: what people edit now waits for the next month, or for more calls.
  const [pair] = await companyPairs(rows.sandbox, month);
  await fault(month, { side: 'unleashed', kind: 'quotaUsedUp' });
  await rows.sandbox.update(month, 'crm', 'companies', pair!.crm.Id, { PhoneNumber: '+44 90 bought' });
  await wait('writing to wait', async () => (await laneOf(month, 'unleashed')) === 'quota-spent');
  await rows.sandbox.clearFaults(month);
  configure(month, ({ unleashed }) => {
    unleashed.monthlyCalls *= 100;
  });
  await told(month, 'quota', 'resolved');
  await wait('what waited to be written', async () => {
    const { PhoneNumber } = await rows.sandbox.get(month, 'unleashed', 'companies', pair!.unleashed.Id);
    return PhoneNumber === '+44 90 bought';
  });
  expect(noticesOf(month, 'quota', 'firing')).toHaveLength(1);
}, 240_000);

it('edits that are late: told after the minutes of the rule and never before reading could be that far, over when read again', async () => {
  const { late } = tenants();
  const { notice } = await until(() => noticesOf(late, 'freshness', 'firing')[0] ?? false, { timeoutMs: 480_000 });
  expect(notice.subject).toBe('crm');
  expect(notice.threshold).toBeGreaterThanOrEqual(5);
  expect(notice.value).toBeGreaterThanOrEqual(notice.threshold);
  await incident(late, 'freshness', { state: 'firing' });
  await wait('the metric', () => firing(late, 'freshness', 'crm'));
  await rows.sandbox.clearFaults(late);
  await told(late, 'freshness', 'resolved');
  expect(noticesOf(late, 'freshness', 'firing')).toHaveLength(1);
}, 600_000);

walkWebhook({ rows, browsing, receiver, alerts, other: () => tenants().main });

it('whoever is told hears of every incident once: no storm, and nobody of somebody else\u2019s', () => {
  const { own } = tenants();
  for (const { path, tenantId } of receiver.deliveries) {
    expect(path === OWN).toBe(tenantId === own);
    if (path === ADDED_PATH) expect(tenantId).toBe(ADDED);
  }
  const taken = receiver.deliveries.filter(({ status }) => status === 204);
  const ids = taken.flatMap(({ notices }) => notices.map(({ id }) => id));
  expect(ids).toHaveLength(new Set(ids).size);
});
