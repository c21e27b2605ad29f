/** The console in a browser, over the whole chain: what each person does there, and that it is then so on both sides. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { REASONS, type ReasonCode } from '#sync-core';
import type { HealthView } from '../../services/control-api/health.ts';
import type { RecordAnswer } from '../../services/control-api/read-model/answers.ts';
import { walkAlignment } from './alignment-walk.ts';
import {
  confirm,
  field,
  heading,
  isOff,
  LOOKER,
  PATIENCE_MS,
  showsText,
  tokensOfRoles,
  useBrowsing,
} from './browsing.ts';
import { lookRows, recordPath } from './looks.ts';
import { walkPauses } from './pause-walk.ts';
import { walkRoles } from './role-walk.ts';
import { useRows } from './rows/kit.ts';
import { walkSignIn } from './sign-in-walk.ts';
import { walkTenants } from './tenant-walk.ts';
import { runTwoway, terminalRows } from './terminal.ts';

const rows = useRows('console', 32, { 'control-api': { CONTROL_API_TOKENS_FILE: tokensOfRoles() } });
const browsing = useBrowsing(rows);
const { open, newPage, expectComplaint } = browsing;

walkSignIn(rows, browsing);

it('shows a viewer everything and lets them change nothing', async () => {
  const page = await open('settings', {}, LOOKER);
  await page.getByText('vic (viewer)').waitFor();
  const options = page.getByRole('switch');
  await expect.poll(() => options.count()).toBe(4);
  for (const option of await options.all()) expect(await option.isDisabled()).toBe(true);
  const [contact] = await rows.sandbox.list(rows.tenant, 'crm', 'contacts');
  const record = await open(recordPath('company', `c:${contact!.DivisionId}`), {}, LOOKER);
  expect(await record.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true);
  expect(await record.getByRole('button', { name: 'Why is Phone as it is?' }).isEnabled()).toBe(true);
});

it('switches sync off and on, found by "two way", and an edit made meanwhile arrives with its reason', async () => {
  const { crm, unleashed } = rows.freshPair();
  const page = await open('settings');
  await page.getByLabel('Search settings').fill('two way');
  await expect.poll(() => page.getByRole('switch').count()).toBe(4);
  const sync = page.getByRole('switch', { name: 'Enable Syncing between the CRM and your ERP system' });
  await sync.click();
  await showsText(page.getByRole('dialog'), /Nothing more is written to either system/);
  await confirm(page);
  await expect.poll(() => sync.isChecked()).toBe(false);

  await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 20 7946 0901' });
  const record = await open(recordPath('company', `c:${crm.Id}`));
  await showsText(field(record, 'phone'), /\+44 20 7946 0901/);
  await showsText(field(record, 'phone'), /Switched off/);
  expect((await rows.sandbox.get(rows.tenant, 'unleashed', 'companies', unleashed.Id)).PhoneNumber).not.toBe(
    '+44 20 7946 0901',
  );

  await sync.click();
  await confirm(page);
  await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 20 7946 0901' });
  await showsText(field(record, 'phone'), /In sync/);
  await field(record, 'phone').getByRole('button', { name: 'Why is Phone as it is?' }).click();
  const why = record.getByRole('dialog');
  await showsText(why, /crm\.company\.v1\/\d+\/\d+/);
  await showsText(why, /sync\.outcome\.v1|sync\.decision\.v1/);
  await page.getByRole('region', { name: 'History of changes' }).getByText('admin').first().waitFor();
}, 120_000);

it('makes a contact in Unleashed with the button, whose place then says Created', async () => {
  const { crm } = rows.freshPair();
  const contact = {
    DivisionId: Number(crm.Id),
    Forename: 'Connie',
    Surname: 'Console',
    Email: 'connie@console.example',
  };
  const { Id } = await rows.sandbox.create(rows.tenant, 'crm', 'contacts', contact);
  await rows.record('contact', `c:${Id}`, 'the button', ({ button }) => button?.state === 'enabled');
  const page = await open('records?entity=contact&search=connie');
  await page.getByRole('link', { name: 'Connie Console' }).click();
  await page.getByRole('button', { name: 'Sync to Unleashed' }).click();
  await showsText(page.getByRole('region', { name: 'Created' }), /In Unleashed/);
  await rows.becomes('crm', 'contacts', Id, 'still there', ({ Forename }) => Forename === 'Connie');
}, 90_000);

it('says how fresh each direction is, and when it says so of an edit, the other side shows it', async () => {
  const { crm, unleashed } = rows.freshPair();
  await rows.edit('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 20 fresh' });
  const editedAtMs = Date.now();
  const health = async () =>
    (await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/health`)).body as Pick<
      HealthView,
      'directions' | 'quota'
    >;
  const freshMs = async (): Promise<number> => {
    const found = (await health()).directions.find(({ from }) => from === 'unleashed');
    return found?.freshUntil == null ? 0 : Date.parse(found.freshUntil);
  };
  await expect.poll(freshMs, { timeout: 90_000, interval: 500 }).toBeGreaterThan(editedAtMs);
  expect(await rows.sandbox.get(rows.tenant, 'crm', 'companies', crm.Id)).toMatchObject({
    PhoneNumber: '+44 20 fresh',
  });
  expect((await health()).quota?.usedCalls).toBeGreaterThan(0);
  const page = await open('overview');
  const region = page.getByRole('region', { name: 'Freshness' });
  await showsText(region, /Unleashed → CRM.*Every edit before .* is applied or explained/i);
  await showsText(page.getByRole('region', { name: 'Calls of the month' }), /At this pace/);
  const behind = page.getByRole('figure', { name: 'How far behind edits were' });
  await showsText(behind, /CRM → Unleashed: (not known yet|.* behind), .* at most/);
  await behind.locator('canvas').waitFor();
  await behind.getByText('As a table').click();
  expect(await behind.getByRole('row').count()).toBeGreaterThan(1);
  await showsText(page.getByRole('figure', { name: 'Unleashed calls of the month' }), /by the end of the month/);
  const fleet = await open('fleet');
  await fleet.getByRole('figure', { name: 'How far behind edits were, the worst tenant' }).locator('canvas').waitFor();
  await showsText(fleet.getByRole('table').last().getByRole('row').nth(1), /Unleashed →/);
  if (process.env.SCREENSHOTS !== undefined) {
    await page.screenshot({ path: join(process.env.SCREENSHOTS, 'overview.png'), fullPage: true });
    await fleet.screenshot({ path: join(process.env.SCREENSHOTS, 'fleet.png'), fullPage: true });
  }
}, 150_000);

it('shows a conflict with both values and restores the one that lost', async () => {
  const { crm, unleashed } = rows.freshPair();
  const order = (kind: string) =>
    Promise.all(['crm', 'unleashed'].map((side) => rows.order({ kind, side }).then(({ status }) => status)));
  expect(await order('pause')).toEqual([200, 200]);
  await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 77 lost' });
  await rows.edit('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 77 stayed' });
  await rows.record('company', `c:${crm.Id}`, 'both edits', ({ fields }) =>
    fields.some((one) => one.crm === '+44 77 lost' && one.unleashed === '+44 77 stayed'),
  );
  expect(await order('resume')).toEqual([200, 200]);
  const page = await open('conflicts');
  const row = page.getByRole('row').filter({ hasText: '+44 77 lost' });
  await showsText(row, /\+44 77 stayed/);
  const winner = await row.getByRole('cell').filter({ hasText: 'stayed' }).first().textContent();
  const loser = winner?.includes('+44 77 lost') ? '+44 77 stayed' : '+44 77 lost';
  await row.getByRole('button', { name: /^Restore/ }).click();
  await page.getByText('1 of 1 ordered.').waitFor();
  await rows.shows('crm', 'companies', crm.Id, { PhoneNumber: loser });
  await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: loser });
}, 120_000);

walkPauses(rows, browsing);
walkAlignment(rows, browsing);

/** The core's words for a record and its fields are what the API answers, a terminal prints and the page shows. */
async function saysTheSame(page: Page, entity: string, id: string): Promise<void> {
  const path = `/v1/tenants/${rows.tenant}/records/${entity}/${id}`;
  const answer = (await rows.chain.control('GET', path)).body as RecordAnswer;
  const { out } = await runTwoway(rows, ['explain', rows.tenant, entity, id]);
  const needsYou = answer.fields.filter(({ state }) => state === 'stopped');
  expect(needsYou.length).toBeGreaterThan(0);
  for (const said of [answer, ...answer.fields]) {
    const { sentence, action } = REASONS[said.reason as ReasonCode];
    expect(said).toMatchObject({ sentence, action });
    expect(out).toContain(`${said.state}: ${sentence}${action === '' ? '' : ` ${action}`}`);
  }
  for (const { field: name, sentence, action } of needsYou) {
    await expect.poll(() => field(page, name).textContent()).toContain(sentence);
    expect(await field(page, name).textContent()).toContain(action);
  }
}

it('says why a website did not sync, groups what fails, and retries the group', async () => {
  const { crm } = rows.freshPair();
  await rows.edit('crm', 'companies', crm.Id, { Website: 'no website at all' });
  const record = await open(recordPath('company', `c:${crm.Id}`));
  await showsText(field(record, 'website'), /Needs you/);
  await saysTheSame(record, 'company', `c:${crm.Id}`);
  const page = await open('failing');
  await page.getByRole('link', { name: 'Show records' }).first().waitFor();
  await page.getByRole('button', { name: 'Retry all' }).click();
  await heading(page, 'Retry all that fails');
  await showsText(page.getByLabel('What it means'), /calls of the CRM/);
  await page.getByRole('button', { name: 'Approve' }).click();
  await showsText(page.getByRole('region', { name: 'Progress' }), /1 fails/);
  await page.getByRole('link', { name: 'Failing' }).click();
  await rows.edit('crm', 'companies', crm.Id, { Website: 'https://valid.example' });
  await showsText(field(record, 'website'), /In sync/);
  await expect.poll(() => page.getByText('Nothing fails').count(), { timeout: PATIENCE_MS }).toBe(1);
}, 120_000);

it('retries a group through a plan after an API was broken, and both sides are the same', async () => {
  const { crm, unleashed } = rows.freshPair();
  const broken = { kind: 'error', side: 'unleashed', status: 400, body: { description: 'no' }, methods: ['POST'] };
  await rows.sandbox.addFault(rows.tenant, broken);
  await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 55 retried' });
  await rows.record('company', `c:${crm.Id}`, 'that it is stopped', ({ state }) => state === 'stopped');
  await rows.sandbox.clearFaults(rows.tenant);
  const page = await open('failing');
  await page.getByRole('button', { name: /^Retry: / }).click();
  await showsText(page.getByRole('region', { name: 'Orders' }), /Unleashed, phone: .* → \+44 55 retried/);
  await page.getByRole('button', { name: 'Approve' }).click();
  await showsText(page.getByRole('region', { name: 'Progress' }), /1 of 1 settled: 1 done/);
  await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: '+44 55 retried' });
  expect(await page.getByRole('button', { name: 'Cancel the plan' }).count()).toBe(0);
}, 120_000);

it('shows a mass change that the breaker holds, and writes the part of it that is approved', async () => {
  interface Listed {
    records: { entity: 'company' | 'contact'; crmId: string; id: string }[];
  }
  const { body } = await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/records?state=in-sync&limit=200`);
  const { records } = body as Listed;
  // More than the breaker lets pass in any case.
  expect(records.length).toBeGreaterThan(50);
  await rows.settings({ enabled: false, breakerShare: 20 });
  for (const { entity, crmId } of records) {
    const collection = entity === 'company' ? 'companies' : 'contacts';
    await rows.edit('crm', collection, crmId, { PhoneNumber: '+44 99 import' });
  }
  for (const { entity, crmId } of records) {
    await rows.record(entity, `c:${crmId}`, 'the import', ({ fields }) =>
      fields.some(({ field: name, crm }) => name === 'phone' && crm === '+44 99 import'),
    );
  }
  await rows.settings({ enabled: true });

  const page = await open('plans');
  const waits = page.getByRole('region', { name: 'Waits for approval' });
  await showsText(waits, `${records.length} records`);
  await showsText(waits, /Held by the breaker/);
  await waits.getByRole('button', { name: 'Plan the release' }).click();
  await heading(page, 'Release what the breaker holds');
  await showsText(page.getByLabel('What it means'), `${records.length} in Unleashed`);
  const looking = await open(`plans/${page.url().split('/').at(-1)}`, {}, LOOKER);
  await isOff(looking.getByRole('button', { name: 'Approve' }));
  await page.getByLabel('All of them').uncheck();
  const [row] = await page.locator('[data-item]').all();
  const href = await row!.getByRole('link').getAttribute('href');
  await row!.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Approve what is chosen' }).click();
  await showsText(page.getByRole('region', { name: 'Progress' }), /1 of 1 settled: 1 done/);
  const released = records.find(({ id }) => href?.endsWith(encodeURIComponent(id)))!;
  const [, guid = ''] = released.id.split('u:');
  const there = released.entity === 'company' ? 'companies' : 'contacts';
  await rows.shows('unleashed', there, guid, { PhoneNumber: '+44 99 import' });

  await page.goto(page.url().replace(/plans\/.*/, 'plans'));
  await waits.getByRole('button', { name: 'Plan the refusal' }).click();
  await heading(page, 'Refuse what the breaker holds');
  await page.getByRole('button', { name: 'Approve' }).click();
  const rest = records.length - 1;
  await showsText(page.getByRole('region', { name: 'Progress' }), `${rest} of ${rest} settled: ${rest} done`);
  const other = records.find(({ id }) => id !== released.id)!;
  const refused = await rows.record(
    other.entity,
    other.id,
    'the refusal',
    ({ reason }) => reason === 'breaker-refused',
  );
  expect(refused.state).toBe('off');
  await rows.settings({ breakerShare: 100 });
}, 240_000);

it('shows markup in a name as text', async () => {
  const { crm } = rows.freshPair();
  const name = '<img src=x onerror="document.title=1"> & <b>bold</b>';
  await rows.edit('crm', 'companies', crm.Id, { Name: name });
  const page = await open(recordPath('company', `c:${crm.Id}`));
  await heading(page, name);
  expect(await page.locator('main img, main b').count()).toBe(0);
}, 60_000);

it('says when the browser is offline, and shows what happened meanwhile once it is back', async () => {
  const { crm } = rows.freshPair();
  const page = await open(recordPath('company', `c:${crm.Id}`));
  await field(page, 'phone').waitFor();
  await page.context().setOffline(true);
  await page.getByRole('alert').filter({ hasText: 'The connection to the server is lost' }).waitFor();
  await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 50 offline' });
  await rows.record('company', `c:${crm.Id}`, 'the edit', ({ fields }) =>
    fields.some((one) => one.field === 'phone' && one.unleashed === '+44 50 offline'),
  );
  expect(await field(page, 'phone').textContent()).not.toContain('+44 50 offline');
  await page.context().setOffline(false);
  await showsText(field(page, 'phone'), /\+44 50 offline/);
  await page.getByRole('alert').waitFor({ state: 'detached' });
  // Told, not asked for: the page asks by itself once a minute only.
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: '+44 50 told' });
  await showsText(field(page, 'phone'), /\+44 50 told/);
  expect(asked.some((path) => path.includes('/records/company/'))).toBe(true);
  expect(asked.filter((path) => path.endsWith('/settings'))).toEqual([]);
  // The browser itself writes down that it was offline.
  expectComplaint(/ERR_INTERNET_DISCONNECTED/);
}, 90_000);

it('the panel in the CRM: the button there makes the contact in Unleashed, and then shows its state', async () => {
  const { crm } = rows.freshPair();
  const { Id } = await rows.sandbox.create(rows.tenant, 'crm', 'contacts', {
    ...{ DivisionId: Number(crm.Id), Forename: 'Petra', Surname: 'Panel', Email: 'petra@panel.example' },
  });
  await rows.record('contact', `c:${Id}`, 'the button', ({ button }) => button?.state === 'enabled');
  const page = await newPage();
  await page.goto(`${rows.chain.system.urlOf('sandbox')}/pages/crm?tenant=${rows.tenant}&crm=contacts/${Id}`);
  const frame = page.frameLocator('iframe[title="Sync to Unleashed"]');
  await frame.getByRole('button', { name: 'Sync to Unleashed' }).click();
  await frame.getByRole('region', { name: 'Created' }).waitFor();
  await showsText(frame.getByRole('status'), /./);
  const made = await rows.record('contact', `c:${Id}`, 'made', ({ button }) => button?.state === 'created');
  const there = await rows.sandbox.get(rows.tenant, 'unleashed', 'contacts', made.button!.unleashedId!);
  expect(there).toMatchObject({ FirstName: 'Petra', LastName: 'Panel' });
  const { body } = await rows.chain.control('GET', `/v1/tenants/${rows.tenant}/audit`);
  expect((body as { entries: object[] }).entries).toContainEqual(
    expect.objectContaining({ kind: 'sync-contact', recordId: Id, by: 'sandbox (panel)' }),
  );
}, 90_000);

walkTenants(rows, browsing);
walkRoles(rows, browsing);
lookRows(rows, open);
terminalRows(rows);
