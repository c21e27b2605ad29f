/** Drift on the whole chain: nothing is found while people edit; what the sync never noticed is found, repaired and gone. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { seriousFindings } from '#test/support/axe.ts';
import type { DriftAnswer, DriftDifferencesAnswer } from '../../services/control-api/read-model/drift-answers.ts';
import type { SettingsView } from '../../services/control-api/view-schemas.ts';
import { confirm, heading, isOff, LOOKER, showsText, tokensOfRoles, useBrowsing } from './browsing.ts';
import { useRows } from './rows/kit.ts';

const rows = useRows('drift', 24, {
  'control-api': { CONTROL_API_TOKENS_FILE: tokensOfRoles() },
  // Longer than what the sync's own reads take here: a catch-up every five seconds, a poll every two.
  'drift-checker': { CONFIRM_SECONDS: '11' },
  'crm-capture': { CATCH_UP_SECONDS: '5', CATCH_UP_OVERLAP_SECONDS: '0' },
});

const { open } = useBrowsing(rows);

const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const answer = await rows.chain.control(method, `/v1/tenants/${rows.tenant}${path}`, body);
  expect(answer.status).toBe(200);
  return answer.body as T;
};

/** Orders a check and gives it once it ended. */
async function check(): Promise<DriftAnswer['checks'][number]> {
  const { requestId } = await call<{ requestId: string }>('POST', '/requests', { kind: 'check-drift' });
  return rows.wait('the check to end', async () => {
    const { checks } = await call<DriftAnswer>('GET', '/drift');
    const found = checks.find(({ checkId }) => checkId === requestId);
    return found?.finishedAt == null ? false : found;
  });
}

const differencesOf = async (checkId: string) =>
  (await call<DriftDifferencesAnswer>('GET', `/drift/${checkId}/differences`)).differences;

/** Edits at most: they must not use up the CRM's calls of ten minutes, however long a check takes. */
const EDITS_MAX = 120;

/** People edit both sides, ten times a second, until told to stop. */
function editAllTheTime(): { count: () => number; stop: () => Promise<void> } {
  const pairs = Array.from({ length: 12 }, () => rows.freshPair());
  const underWay: Promise<unknown>[] = [];
  const timer = setInterval(() => {
    if (underWay.length >= EDITS_MAX) return;
    const pair = pairs[underWay.length % pairs.length]!;
    const side = underWay.length % 2 === 0 ? 'crm' : 'unleashed';
    underWay.push(rows.edit(side, 'companies', pair[side].Id, { PhoneNumber: `+44 20 7946 ${underWay.length}` }));
  }, 100);
  return {
    count: () => underWay.length,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

it('finds nothing while people edit both sides ten times a second', async () => {
  const people = editAllTheTime();
  try {
    do {
      const report = await check();
      expect(report).toMatchObject({ state: 'finished', code: 'ok', differences: 0, unconfirmed: 0 });
      expect(report.equal).toBeGreaterThan(100);
      expect(report.companies).toBeGreaterThan(40);
    } while (people.count() < 50);
  } finally {
    await people.stop();
  }
  await rows.chain.agreed();
}, 120_000);

/** A walk over the companies that changed begins; it ends with a page of its own. */
const WALK_BEGINS = /\/Divisions\?\$filter=LastUpdatedTimestamp.*\$skip=0$/;

/** The hour of the tenant's day at which the nightly check is due, as the checker tells it; null when there is none. */
async function nightlyHour(): Promise<number | null> {
  const text = await (await fetch(`${rows.chain.system.urlOf('drift-checker')}/metrics`)).text();
  const line = text
    .split('\n')
    .find((one) => one.startsWith(`twoway_drift_check_due_timestamp_seconds{tenant="${rows.tenant}"`));
  if (line === undefined) return null;
  const { timeZone } = await call<SettingsView>('GET', '/settings');
  const due = new Date(Number(line.split(' ').at(-1)) * 1_000);
  return Number(new Intl.DateTimeFormat('en-GB', { hour: 'numeric', hourCycle: 'h23', timeZone }).format(due));
}

it('is looked for each night at the hour that an admin sets in the Settings Centre, or not at all', async () => {
  await rows.wait('the usual hour', async () => (await nightlyHour()) === 3);
  const looking = await open('settings', {}, LOOKER);
  await isOff(looking.getByLabel('Hour of the nightly comparison'));
  const page = await open('settings');
  const hour = page.getByLabel('Hour of the nightly comparison');
  await hour.selectOption({ label: '05:00' });
  const dialog = page.getByRole('dialog');
  await showsText(dialog, /At 05:00 of the tenant's day both sides are compared .* The last comparison took \d+ calls/);
  expect(await seriousFindings(page)).toEqual([]);
  await confirm(page);
  await rows.wait('the new hour', async () => (await nightlyHour()) === 5);
  await hour.selectOption({ label: 'Never: on request only' });
  await showsText(dialog, /on request only/);
  await confirm(page);
  await rows.wait('no night', async () => (await nightlyHour()) === null);
  expect(await hour.inputValue()).toBe('off');
  await showsText(page.getByRole('region', { name: 'History of changes' }), /driftHour: off/);
  await rows.settings({ driftHour: 'default' });
  await rows.wait('the usual hour again', async () => (await nightlyHour()) === 3);
}, 90_000);

/** Waits until the sync has looked for changes twice, and begun again: what is stamped earlier is not looked for any more. */
async function caughtUp(): Promise<void> {
  const { lastSeq } = await rows.sandbox.calls();
  await rows.wait('the CRM to be caught up with', async () => {
    const { items } = await rows.sandbox.calls(lastSeq, { tenant: rows.tenant, side: 'crm' });
    return items.filter(({ url }) => WALK_BEGINS.test(url)).length >= 3;
  });
}

/** The page of alerts says what the check found; a viewer sees it too, and can change no rule. */
async function seesTheIncident(): Promise<Page> {
  const looking = await open('alerts', {}, LOOKER);
  await looking.getByText('A comparison of both sides found differences').waitFor();
  await isOff(looking.getByLabel('A comparison of both sides found', { exact: true }));
  return await open('alerts');
}

/** Switches the rule off, and the incident is over. */
async function endsTheIncident(page: Page): Promise<void> {
  const incidents = page.getByRole('region', { name: 'Incidents' });
  await showsText(incidents, /A comparison of both sides found differencesSince/);
  await page.getByLabel('A comparison of both sides found', { exact: true }).selectOption({ label: 'Never' });
  await confirm(page);
  await showsText(incidents, /over at/);
  expect(await seriousFindings(page)).toEqual([]);
}

/** Sees both differences, makes the plan of their repair, and approves it; a viewer may do neither. */
async function repairsInTheConsole(known: string): Promise<void> {
  const looking = await open('drift', {}, LOOKER);
  const planAll = { name: 'Plan the repair of all 2' };
  await isOff(looking.getByRole('button', planAll));
  await isOff(looking.getByRole('button', { name: 'Check now' }));

  const page = await open('drift');
  const row = page.locator('[data-difference]').filter({ hasText: '+44 117 496 0999' });
  await showsText(row, known);
  await showsText(page.locator('[data-difference]').filter({ hasText: 'Unseen Person' }), /the sync never read it/);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', planAll).click();
  await heading(page, 'Repair what a comparison found');
  await showsText(page.getByLabel('What it means'), /2 orders.*About 2 calls of the CRM/);
  const planned = await open(`plans/${page.url().split('/').at(-1)}`, {}, LOOKER);
  await isOff(planned.getByRole('button', { name: 'Approve' }));
  await page.getByRole('button', { name: 'Approve' }).click();
  await showsText(page.getByRole('region', { name: 'Progress' }), /2 of 2 settled: 2 done/);
}

it('finds what the sync never noticed, shows its history, repairs it, and then finds nothing', async () => {
  const [pair, other] = [rows.freshPair(), rows.freshPair()];
  const phone = '+44 117 496 0100';
  for (const { crm, unleashed } of [pair, other]) {
    await rows.edit('crm', 'companies', crm.Id, { PhoneNumber: phone });
    await rows.shows('unleashed', 'companies', unleashed.Id, { PhoneNumber: phone });
    // A stamp never goes back, so the lost edit is stamped right after the first one: the second one has to be well after it.
    await caughtUp();
  }
  // An edit and a new contact whose events are lost, stamped by a clock that ran behind: no catch-up ever sees them.
  await rows.sandbox.addFault(rows.tenant, { side: 'crm', kind: 'eventsLost' });
  await rows.sandbox.addFault(rows.tenant, { side: 'crm', kind: 'clockSkew', skewMs: -3_600_000 });
  await rows.edit('crm', 'companies', pair.crm.Id, { PhoneNumber: '+44 117 496 0999' });
  const { Id: contact } = await rows.sandbox.create(rows.tenant, 'crm', 'contacts', {
    DivisionId: Number(pair.crm.Id),
    Forename: 'Unseen',
    Surname: 'Person',
  });
  await rows.sandbox.clearFaults(rows.tenant);

  const report = await check();
  expect(report).toMatchObject({ state: 'finished', differences: 2, kinds: { 'record-unknown': 1 } });
  const found = await differencesOf(report.checkId);
  const edit = found.find(({ field }) => field === 'phone');
  expect(edit).toMatchObject({
    ...{
      kind: expect.stringMatching(/^(edit-missed|not-as-known)$/),
      side: 'crm',
      recordId: pair.crm.Id,
      standing: 'open',
    },
    ...{ shown: '+44 117 496 0999', known: phone, agreed: { crm: phone }, repair: 'read' },
  });
  // The edit before, its write and its read-back.
  expect(edit?.history.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['decision', 'outcome']));
  const unknown = {
    kind: 'record-unknown',
    entity: 'contact',
    recordId: contact,
    name: 'Unseen Person',
    repair: 'observe',
  };
  expect(found).toContainEqual(expect.objectContaining(unknown));

  const incident = await seesTheIncident();
  await repairsInTheConsole(phone);
  await rows.shows('unleashed', 'companies', pair.unleashed.Id, { PhoneNumber: '+44 117 496 0999' });
  await rows.wait('both to be taken in', async () =>
    (await differencesOf(report.checkId)).every(({ standing }) => standing === 'taken-in'),
  );
  await endsTheIncident(incident);
  expect(await check()).toMatchObject({ state: 'finished', differences: 0 });
}, 180_000);
