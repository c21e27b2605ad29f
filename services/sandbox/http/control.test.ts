import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { until } from '#test/support/until.ts';
import {
  crmHeaders,
  type RawAnswer,
  type Receiver,
  type Running,
  rawRequest,
  startReceiver,
  startTestSandbox,
} from './test-kit.ts';

let running: Running;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
  running = await startTestSandbox({ crmHookBaseUrl: receiver.url, unleashedHookBaseUrl: receiver.url });
});
afterAll(async () => {
  await running.close();
  await receiver.close();
});

type Body = Record<string, unknown>;
async function control(path: string, method = 'GET', body?: unknown): Promise<RawAnswer & { json: Body }> {
  const answer = await rawRequest(running.url, `/control/${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-person': 'Jane' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { ...answer, json: (answer.text === '' ? {} : safeJson(answer.text)) as Body };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

describe('records', () => {
  it('are searched, opened, added, edited and deleted on both sides', async () => {
    const found = await control('tenants/tenant-001/crm/companies?limit=2&offset=1');
    expect([found.json.total, (found.json.items as Body[]).map(({ Id }) => Id)]).toEqual([5, ['1002', '1003']]);
    const made = await control('tenants/tenant-001/crm/contacts', 'POST', { DivisionId: 1001, Surname: 'Page' });
    expect(made.status).toBe(201);
    const path = `tenants/tenant-001/crm/contacts/${made.json.Id}`;
    expect((await control(path, 'PATCH', { Forename: 'Web' })).json).toMatchObject({
      Forename: 'Web',
      Surname: 'Page',
    });
    expect((await control(path, 'DELETE')).json.StatusFlag).toBe('D');
    expect(
      (await control('tenants/tenant-001/unleashed/salespersons', 'POST', { FullName: 'A', Email: 'a@b.nz' })).status,
    ).toBe(201);
    const ledgers = (await control('tenants/tenant-001/crm/ledgers')).json.items as Body[];
    const ledger = `tenants/tenant-001/crm/ledgers/${encodeURIComponent(String(ledgers[0]?.Id))}`;
    expect((await control(ledger, 'PATCH', { OnStop: true })).json.OnStop).toBe(true);
  });

  it('refuses what it does not know with a sentence', async () => {
    const status = async (path: string, method?: string, body?: unknown) => (await control(path, method, body)).status;
    expect(await status('tenants/nobody/crm/companies')).toBe(404);
    expect(await status('tenants/tenant-001/erp/companies')).toBe(400);
    expect(await status('tenants/tenant-001/crm/orders')).toBe(404);
    expect(await status('tenants/tenant-001/crm/companies/999999')).toBe(404);
    expect(await status('tenants/tenant-001/crm/companies?limit=0')).toBe(400);
    expect(await status('tenants/tenant-001/crm/companies/1001', 'PATCH', { Nme: 'x' })).toBe(400);
    expect(await status('tenants/tenant-001/crm/companies/1001', 'PATCH', [1])).toBe(400);
    expect(await status('tenants/tenant-001/faults', 'POST', { side: 'crm', kind: 'magic' })).toBe(400);
    expect(await status('tenants/tenant-001/faults', 'POST', { side: 'crm', kind: 'outage', chance: 1 })).toBe(400);
    expect(await status('tenants/tenant-001/switches', 'PATCH', { crm: { keyGetShape: 'x' } })).toBe(400);
    expect(await status('tenants/tenant-001/jobs/nothing', 'POST')).toBe(404);
    const headers = { 'content-type': 'application/json' };
    const path = '/control/tenants/tenant-001/crm/companies';
    expect((await rawRequest(running.url, path, { method: 'POST', headers, body: '{' })).status).toBe(400);
  });
});

describe('tenants', () => {
  it('are listed in figures, without credentials', async () => {
    const { text } = await control('tenants');
    expect(text).toContain('tenant-002');
    expect(text).not.toMatch(/token|-key|-hook/);
  });

  it('tenants.yaml has what the services need, and its credentials work', async () => {
    const { text } = await control('tenants.yaml');
    const { tenants } = parse(text) as { tenants: { id: string; prospect: Body; unleashed: Body }[] };
    expect(tenants.map(({ id }) => id)).toEqual(['tenant-001', 'tenant-002']);
    const [tenant] = tenants;
    expect(tenant?.unleashed).toMatchObject({
      baseUrl: `${running.url}/unleashed`,
      apiId: expect.any(String),
      pollSeconds: 5,
    });
    const headers = { authorization: `Bearer ${tenant?.prospect.token}` };
    const { pathname } = new URL(String(tenant?.prospect.baseUrl));
    expect((await rawRequest(running.url, `${pathname}/Users`, { headers })).status).toBe(200);
  });

  it('quota is set, jobs run, a reset brings the first records back and keeps the other tenant', async () => {
    const quota = await control('tenants/tenant-002/quota', 'PATCH', { monthlyCalls: 10, usedCalls: 9 });
    expect(quota.json.unleashed).toMatchObject({ monthlyCalls: 10, usedCalls: 9 });
    expect((await control('tenants/tenant-002/jobs/account-managers', 'POST')).status).toBe(200);
    await control('tenants/tenant-002/crm/companies/1001', 'PATCH', { Name: 'Changed' });
    await control('tenants/tenant-002/reset', 'POST');
    const { json } = await control('tenants/tenant-002/crm/companies/1001');
    expect(json.Name).not.toBe('Changed');
    expect((await control('tenants/tenant-002')).json.unleashed).toMatchObject({ usedCalls: 0 });
  });
});

describe('faults and switches', () => {
  it('are set for one tenant or for all, listed and cleared', async () => {
    const made = await control('tenants/*/faults', 'POST', {
      side: 'crm',
      kind: 'clockSkew',
      skewMs: 1000,
      seconds: 60,
    });
    expect(made.json).toHaveLength(2);
    expect((await control('tenants/tenant-002/faults')).json).toHaveLength(1);
    const [fault] = made.json as unknown as Body[];
    await control(`tenants/tenant-001/faults/${fault?.id}`, 'DELETE');
    expect((await control('tenants/*/faults')).json).toHaveLength(1);
    expect((await control('tenants/*/faults?side=unleashed', 'DELETE')).status).toBe(204);
    expect((await control('tenants/*/faults')).json).toHaveLength(1);
    await control('tenants/*/faults', 'DELETE');
    expect((await control('tenants/*/faults')).json).toHaveLength(0);
    const set = await control('tenants/*/switches', 'PATCH', {
      unleashed: { updateStatus: 201 },
      crm: { nextLink: true },
    });
    expect(set.json.unleashed).toMatchObject({ updateStatus: 201 });
    expect((await control('tenants/tenant-002/switches')).json.unleashed).toMatchObject({ updateStatus: 201 });
    expect((await control('switches')).json.crm).toHaveProperty('keyGetShape.fact', 'P2.2');
  });
});

describe('events', () => {
  it('CRM change events and Unleashed webhooks reach their receivers', async () => {
    await control('tenants/tenant-001/crm/companies/1002', 'PATCH', { Name: 'Event' });
    const { items } = (await control('tenants/tenant-001/unleashed/companies')).json as { items: Body[] };
    await control(`tenants/tenant-001/unleashed/companies/${items[0]?.Id}`, 'PATCH', { Notes: 'Event' });
    await until(
      () =>
        receiver.taken.some(({ path }) => path === '/hooks/crm/tenant-001') &&
        receiver.taken.some(({ path }) => path === '/hooks/unleashed/tenant-001'),
    );
    const crm = receiver.taken.find(({ path, body }) => path === '/hooks/crm/tenant-001' && body.includes('1002'));
    expect(crm?.headers['x-hook-secret']).toBe('sandbox-tenant-001-hook');
    const erp = receiver.taken.find(({ path }) => path === '/hooks/unleashed/tenant-001');
    expect(erp?.headers['x-unleashed-signature']).toMatch(/^[\w+/]+=*$/);
  });

  it('are tried again while the receiver fails', async () => {
    receiver.status = 503;
    const before = receiver.taken.length;
    await control('tenants/tenant-002/crm/companies/1002', 'PATCH', { Name: 'Again' });
    await until(() => receiver.taken.length > before);
    receiver.status = 200;
    await until(async () => (await control('tenants/tenant-002')).json.eventsWaiting === 0, { timeoutMs: 10_000 });
    const tries = receiver.taken.slice(before).filter(({ path }) => path === '/hooks/crm/tenant-002');
    expect(tries.length).toBeGreaterThanOrEqual(2);
    expect(tries.at(-1)?.body).toBe(tries[0]?.body);
  });

  it('a page sees changes by people and by the API live, and resumes where it left off', async () => {
    const stop = new AbortController();
    const answer = await fetch(`${running.url}/control/events?tenant=tenant-001`, { signal: stop.signal });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const seen: Body[] = [];
    const reading = readEvents(answer, seen).catch(() => undefined);
    await control('tenants/tenant-002/crm/companies/1001', 'PATCH', { Name: 'Not mine' });
    await control('tenants/tenant-001/crm/companies/1003', 'PATCH', { Name: 'By hand' });
    const options = { method: 'PATCH', headers: crmHeaders, body: JSON.stringify({ Name: 'By API' }) };
    await rawRequest(running.url, '/crm/Divisions(1003)', options);
    await until(() => seen.length >= 2);
    stop.abort();
    await reading;
    expect(seen.map(({ by, entity, id, tenant }) => [by, entity, id, tenant])).toEqual([
      ['person', 'company', '1003', 'tenant-001'],
      ['api', 'company', '1003', 'tenant-001'],
    ]);
    expect(seen[1]?.fields).toEqual([{ field: 'Name', before: 'By hand', after: 'By API' }]);
    const again = new AbortController();
    const resumed = await fetch(`${running.url}/control/events?tenant=tenant-001`, {
      headers: { 'last-event-id': String(seen[0]?.seq) },
      signal: again.signal,
    });
    const later: Body[] = [];
    const rest = readEvents(resumed, later).catch(() => undefined);
    await until(() => later.length > 0);
    again.abort();
    await rest;
    expect(later[0]).toEqual(seen[1]);
  });

  it('the call log is live too', async () => {
    const stop = new AbortController();
    const answer = await fetch(`${running.url}/control/calls/live?side=crm`, { signal: stop.signal });
    const seen: Body[] = [];
    const reading = readEvents(answer, seen).catch(() => undefined);
    await rawRequest(running.url, '/crm/Users', { headers: crmHeaders });
    await until(() => seen.length === 1);
    stop.abort();
    await reading;
    expect(seen[0]).toMatchObject({ url: '/Users', status: 200 });
  });
});

/** Collects the data of server-sent events until the stream ends. */
async function readEvents(answer: Response, into: Body[]): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').find((line) => line.startsWith('data: '));
      if (data) into.push(JSON.parse(data.slice(6)) as Body);
    }
  }
}
