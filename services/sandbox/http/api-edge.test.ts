import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '#test/support/until.ts';
import { crmHeaders, type RawAnswer, type Running, rawRequest, signedHeaders, startTestSandbox } from './test-kit.ts';

let running: Running;
beforeAll(async () => {
  running = await startTestSandbox();
});
afterAll(() => running.close());
afterEach(async () => {
  await rawRequest(running.url, '/control/tenants/*/faults', { method: 'DELETE' });
});

const erp = (query: string, signed = query): Promise<RawAnswer> =>
  rawRequest(running.url, `/unleashed/Customers${query === '' ? '' : `?${query}`}`, { headers: signedHeaders(signed) });
const crm = (path: string, method = 'GET', body?: unknown): Promise<RawAnswer> =>
  rawRequest(running.url, `/crm${path}`, {
    method,
    headers: crmHeaders,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const order = async (fault: Record<string, unknown>): Promise<void> => {
  const made = await rawRequest(running.url, '/control/tenants/tenant-001/faults', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  expect(made.status).toBe(201);
};
const nameOf = async (): Promise<string> => {
  const { text } = await rawRequest(running.url, '/control/tenants/tenant-001/crm/companies/1001');
  return (JSON.parse(text) as { Name: string }).Name;
};

describe('the Unleashed signature, over bytes on the wire', () => {
  it('U1.7 raw colons pass, %3A is a bare 403 although it was signed as sent', async () => {
    expect((await erp('modifiedSince=2026-01-01T00:00:00')).status).toBe(200);
    const refused = await erp('modifiedSince=2026-01-01T00%3A00%3A00');
    expect([refused.status, refused.text]).toEqual([403, '']);
  });

  it('U1.8 %40 and + are refused, @ and %20 pass', async () => {
    expect((await erp('contactEmail=a%40b.nz')).status).toBe(403);
    expect((await erp('customerName=Blue+Anchor')).status).toBe(403);
    expect((await erp('contactEmail=a@b.nz')).status).toBe(200);
    expect((await erp('customerName=Blue%20Anchor')).status).toBe(200);
  });

  it('U1.5 the order and every byte of the query count', async () => {
    expect((await erp('pageSize=1&includeObsolete=true', 'includeObsolete=true&pageSize=1')).status).toBe(403);
    expect((await erp('pageSize=1&', 'pageSize=1')).status).toBe(403);
    expect((await erp('', '')).status).toBe(200);
  });

  it('U1.1 the credential selects the company; nobody’s is 403', async () => {
    const headers = { ...signedHeaders(''), 'api-auth-id': 'nobody' };
    const answer = await rawRequest(running.url, '/unleashed/Customers', { headers });
    expect([answer.status, answer.text]).toEqual([403, '']);
  });
});

describe('the CRM over HTTP', () => {
  it('takes keys with parentheses and quotes, raw or encoded, and a PATCH answers 204 without a body', async () => {
    expect((await crm("/Users('API')")).text).toContain('Sync User');
    expect((await crm('/Users(%27API%27)')).text).toContain('Sync User');
    const patched = await crm('/Divisions(1001)', 'PATCH', { Name: 'Ünïcode ☕' });
    expect([patched.status, patched.text]).toEqual([204, '']);
    expect(await nameOf()).toBe('Ünïcode ☕');
  });

  it('P1.7 a token of nobody is 401', async () => {
    const answer = await rawRequest(running.url, '/crm/Users', { headers: { authorization: 'Bearer nobody' } });
    expect(answer.status).toBe(401);
  });

  it('nextLink leads on through the same server', async () => {
    await rawRequest(running.url, '/control/tenants/tenant-001/switches', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ crm: { maxPageSize: 3 } }),
    });
    let link: string | undefined = `${running.url}/crm/Contacts?$select=ContactId&$filter=StatusFlag%20ne%20'D'`;
    const ids: number[] = [];
    while (link !== undefined) {
      const { pathname, search } = new URL(link);
      const { text } = await rawRequest(running.url, pathname + search, { headers: crmHeaders });
      const page = JSON.parse(text) as { value: { ContactId: number }[]; '@odata.nextLink'?: string };
      ids.push(...page.value.map(({ ContactId }) => ContactId));
      link = page['@odata.nextLink'];
    }
    const workspace = running.sandbox.host.workspaces.get('tenant-001');
    expect(ids).toEqual([...(workspace?.crm.tables.Contacts.keys() ?? [])].map(Number));
  });
});

describe('faults on the wire', () => {
  it('lostResponse: the connection breaks and the write is done', async () => {
    await order({ side: 'crm', kind: 'lostResponse', remaining: 1 });
    const answer = await crm('/Divisions(1001)', 'PATCH', { Name: 'Lost but done' });
    expect(answer.error).toBe('ECONNRESET');
    expect(await nameOf()).toBe('Lost but done');
  });

  it('refusedConnection: the connection breaks and nothing is done', async () => {
    const before = await nameOf();
    await order({ side: 'crm', kind: 'refusedConnection', remaining: 1 });
    expect((await crm('/Divisions(1001)', 'PATCH', { Name: 'Never' })).error).toBe('ECONNRESET');
    expect(await nameOf()).toBe(before);
  });

  it('lateWrite: applied by itself, after its successor', async () => {
    await order({ side: 'crm', kind: 'lateWrite', remaining: 1, delayMs: 300 });
    const seen = running.sandbox.host.changes.lastSeq();
    expect((await crm('/Divisions(1001)', 'PATCH', { Name: 'Late' })).error).toBe('ECONNRESET');
    const late = new Promise<void>((resolve) => {
      const stop = running.sandbox.host.changes.listen(({ seq, fields }) => {
        if (seq <= seen || fields[0]?.after !== 'Late') return;
        stop();
        resolve();
      });
    });
    expect((await crm('/Divisions(1001)', 'PATCH', { Name: 'Successor' })).status).toBe(204);
    await late;
    expect(await nameOf()).toBe('Late');
  });

  it('htmlBody, truncatedBody and hugeBody', async () => {
    await order({ side: 'crm', kind: 'htmlBody', remaining: 1 });
    const html = await crm('/Divisions(1001)', 'PATCH', { Name: 'x' });
    expect([html.status, html.headers['content-type'], html.text.startsWith('<!DOCTYPE')]).toEqual([
      200,
      'text/html; charset=utf-8',
      true,
    ]);
    await order({ side: 'unleashed', kind: 'truncatedBody', remaining: 1 });
    const cut = await erp('');
    expect(() => JSON.parse(cut.text) as unknown).toThrow();
    await order({ side: 'unleashed', kind: 'hugeBody', remaining: 1 });
    expect((await erp('')).text.length).toBeGreaterThan(10 * 1024 * 1024);
  });

  it('slowBody and latency answer whole, in the end', async () => {
    await order({ side: 'unleashed', kind: 'slowBody', remaining: 1, delayMs: 60 });
    const slow = await erp('pageSize=2');
    expect((JSON.parse(slow.text) as { Items: unknown[] }).Items).toHaveLength(2);
    await order({ side: 'crm', kind: 'latency', remaining: 1, delayMs: 30 });
    expect((await crm('/Users')).status).toBe(200);
    const [entry] = running.sandbox.host.calls.after(0).slice(-1);
    expect(entry?.durationMs).toBeGreaterThanOrEqual(29);
  });

  it('a client that gives up does not undo the write', async () => {
    await order({ side: 'crm', kind: 'latency', remaining: 1, delayMs: 1000 });
    const given = new AbortController();
    const seen = running.sandbox.host.changes.lastSeq();
    const done = new Promise<void>((resolve) => {
      const stop = running.sandbox.host.changes.listen(({ seq }) => {
        if (seq > seen) {
          stop();
          resolve();
        }
      });
    });
    const sent = fetch(`${running.url}/crm/Divisions(1001)`, {
      method: 'PATCH',
      headers: crmHeaders,
      body: JSON.stringify({ Name: 'Given up' }),
      signal: given.signal,
    });
    const refused = expect(sent).rejects.toThrow();
    // The fault is used up as soon as the request is in.
    await until(() => running.sandbox.host.workspaces.get('tenant-001')?.faults.length === 0);
    given.abort();
    await refused;
    await done;
    expect(await nameOf()).toBe('Given up');
  });
});

describe('the call log', () => {
  it('notes every call in order with what it changed, by whom and which fault struck', async () => {
    const since = running.sandbox.host.calls.lastSeq();
    await order({ side: 'crm', kind: 'error', status: 502, remaining: 1 });
    await crm('/Divisions(1001)');
    await crm('/Divisions(1001)', 'PATCH', { PhoneNumber: '999' });
    const { text } = await rawRequest(running.url, `/control/calls?tenant=tenant-001&side=crm&since=${since}`);
    const { items } = JSON.parse(text) as { items: Record<string, unknown>[] };
    expect(items).toEqual([
      expect.objectContaining({ method: 'GET', url: '/Divisions(1001)', status: 502, faults: ['error'], changes: [] }),
      expect.objectContaining({
        method: 'PATCH',
        status: 204,
        userAgent: 'test/1',
        changes: [
          expect.objectContaining({
            entity: 'company',
            id: '1001',
            by: 'api',
            fields: [{ field: 'PhoneNumber', before: expect.any(String), after: '999' }],
          }),
        ],
      }),
    ]);
  });
});
