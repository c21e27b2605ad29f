import { describe, expect, it } from 'vitest';
import { customerGuid, erp, items, startMs, testWorkspace } from '../test-kit.ts';
import type { Row } from '../types.ts';
import { sign } from './signature.ts';

const signed = (message: string): Record<string, string> => ({
  'api-auth-signature': sign('sandbox-test-key', message),
});

describe('signature', () => {
  it('U1.5 is Base64 of HMAC-SHA256 over the query, keyed by the API key', () => {
    // Vector made with openssl: printf '%s' 'pageSize=1' | openssl dgst -sha256 -hmac key -binary | base64
    expect(sign('key', 'pageSize=1')).toBe('4hZtB2+HWZMAZ0o86PVPxS3vSXJCsnB4L8g7+xK0Z8o=');
  });

  it('U1.6 signs the empty text when there is no query', () => {
    const workspace = testWorkspace();
    expect(erp(workspace, 'GET', '/Customers', { headers: signed('') }).status).toBe(200);
    expect(erp(workspace, 'GET', '/Customers', { headers: signed('/Customers') }).status).toBe(403);
  });

  it('U1.7 and U1.8 a signed query with %3A, %40 or + is refused with a bare 403; raw colons and at signs pass', () => {
    const workspace = testWorkspace();
    for (const query of [
      'modifiedSince=2026-01-01T00%3A00%3A00',
      'contactEmail=a%40b.nz',
      'customerName=a+b',
      'modifiedSince=2026-01-01T00%3a00%3a00',
    ]) {
      const answer = erp(workspace, 'GET', '/Customers', { query });
      expect([query, answer.status, answer.body]).toEqual([query, 403, undefined]);
    }
    for (const query of ['modifiedSince=2026-01-01T00:00:00', 'contactEmail=a@b.nz', 'customerName=a%20b']) {
      expect([query, erp(workspace, 'GET', '/Customers', { query }).status]).toEqual([query, 200]);
    }
  });

  it('U1.10 switch signatureMessage = canonical: an encoded query passes when the raw text was signed', () => {
    const workspace = testWorkspace();
    const query = 'modifiedSince=2026-01-01T00%3A00%3A00';
    const headers = signed('modifiedSince=2026-01-01T00:00:00');
    expect(erp(workspace, 'GET', '/Customers', { query, headers }).status).toBe(403);
    workspace.switches.unleashed.signatureMessage = 'canonical';
    expect(erp(workspace, 'GET', '/Customers', { query, headers }).status).toBe(200);
    expect(erp(workspace, 'GET', '/Customers', { query }).status).toBe(403);
  });

  it('U1.11 wrong id, wrong key, no signature and a revoked key are a bare 403', () => {
    const workspace = testWorkspace();
    const status = (headers: Record<string, string>) => {
      const answer = erp(workspace, 'GET', '/Customers', { headers });
      return [answer.status, answer.body];
    };
    expect(status({ 'api-auth-id': 'other' })).toEqual([403, undefined]);
    expect(status({ 'api-auth-signature': sign('other', '') })).toEqual([403, undefined]);
    expect(status({ 'api-auth-signature': '' })).toEqual([403, undefined]);
    workspace.unleashed.revoked = true;
    expect(status({})).toEqual([403, undefined]);
  });

  it('U1.12 a request can be replayed', () => {
    const workspace = testWorkspace();
    const headers = signed('');
    expect(erp(workspace, 'GET', '/Customers', { headers, nowMs: startMs }).status).toBe(200);
    expect(erp(workspace, 'GET', '/Customers', { headers, nowMs: startMs + 86_400_000 }).status).toBe(200);
  });

  it('switch checkSignature off takes any signature', () => {
    const workspace = testWorkspace();
    workspace.switches.unleashed.checkSignature = false;
    expect(erp(workspace, 'GET', '/Customers', { headers: { 'api-auth-signature': 'x' } }).status).toBe(200);
  });

  it('U1.2 XML is not served', () => {
    expect(erp(testWorkspace(), 'GET', '/Customers', { headers: { accept: 'application/xml' } }).status).toBe(406);
  });
});

describe('routes (U2)', () => {
  it('a small integer is a page, /Page/n too, a GUID is an identity, anything else 404', () => {
    const workspace = testWorkspace();
    const get = (path: string) => erp(workspace, 'GET', path).status;
    const guid = customerGuid(workspace);
    expect([get('/Customers/1'), get('/Customers/Page/1'), get(`/Customers/${guid}`)]).toEqual([200, 200, 200]);
    expect(get(`/Customers/${guid.toUpperCase()}`)).toBe(200);
    expect([get('/Customers/abc'), get('/Customers/00000000-0000-4000-8000-000000000000'), get('/Nope')]).toEqual([
      404, 404, 404,
    ]);
    expect(erp(workspace, 'PUT', `/Customers/${guid}`).status).toBe(405);
    expect(erp(workspace, 'DELETE', `/Customers/${guid}`).status).toBe(405);
  });
});

describe('quota', () => {
  it('U9.5 blocks at the monthly number of calls until the 1st of the month, 00:00 UTC', () => {
    const workspace = testWorkspace();
    workspace.unleashed.monthlyCalls = 2;
    const get = (nowMs: number) => erp(workspace, 'GET', '/Salespersons', { nowMs }).status;
    expect([get(startMs), get(startMs), get(startMs)]).toEqual([200, 200, 403]);
    expect(get(Date.UTC(2026, 0, 31, 23, 59, 59, 999))).toBe(403);
    expect(get(Date.UTC(2026, 1, 1))).toBe(200);
  });

  it('U9.7 switches quotaBlockStatus, quotaBlockBody and retryAfterOn429', () => {
    const workspace = testWorkspace();
    workspace.unleashed.monthlyCalls = 0;
    const get = () => erp(workspace, 'GET', '/Salespersons', { nowMs: Date.UTC(2026, 0, 31, 23, 59, 0) });
    expect([get().status, get().body]).toEqual([403, { Description: expect.any(String) }]);
    workspace.switches.unleashed.quotaBlockBody = 'empty';
    expect(get().body).toBeUndefined();
    workspace.switches.unleashed.quotaBlockStatus = 429;
    expect([get().status, get().headers['retry-after']]).toEqual([429, undefined]);
    workspace.switches.unleashed.retryAfterOn429 = true;
    expect(get().headers['retry-after']).toBe('60');
  });

  it('U9.8 switch perMinuteLimit: 0 is none; n is 429 for the n+1st call in a minute', () => {
    const workspace = testWorkspace();
    const get = (nowMs: number) => erp(workspace, 'GET', '/Salespersons', { nowMs });
    for (let call = 0; call < 50; call++) expect(get(startMs).status).toBe(200);
    workspace.switches.unleashed.perMinuteLimit = 2;
    workspace.switches.unleashed.retryAfterOn429 = true;
    expect([get(startMs).status, get(startMs + 1).status]).toEqual([200, 200]);
    expect([get(startMs + 2).status, get(startMs + 2).headers['retry-after']]).toEqual([429, '60']);
    expect(get(startMs + 60_000).status).toBe(200);
  });

  it('a call with a wrong signature does not count', () => {
    const workspace = testWorkspace();
    erp(workspace, 'GET', '/Customers', { headers: { 'api-auth-signature': 'x' } });
    expect(workspace.unleashed.usedCalls).toBe(0);
  });
});

describe('sales persons (U8)', () => {
  const guid = '11111111-1111-4111-8111-111111111111';

  it('lists, reads, creates by GUID and changes', () => {
    const workspace = testWorkspace();
    const count = items(erp(workspace, 'GET', '/Salespersons')).length;
    const body = { FullName: 'Jo New', Email: 'jo@new.nz' };
    expect(erp(workspace, 'POST', `/Salespersons/${guid}`, { body }).status).toBe(201);
    expect(erp(workspace, 'POST', `/Salespersons/${guid}`, { body: { ...body, Obsolete: true } }).status).toBe(200);
    const read = erp(workspace, 'GET', `/Salespersons/${guid}`).body as Row;
    expect(read).toMatchObject({ Guid: guid, FullName: 'Jo New', Obsolete: true });
    expect(items(erp(workspace, 'GET', '/Salespersons/1'))).toHaveLength(count + 1);
  });

  it('name and e-mail are required, the e-mail valid and unique without case, at most 256 characters', () => {
    const workspace = testWorkspace();
    const [known] = workspace.unleashed.salespersons.values();
    const post = (body: Row) => erp(workspace, 'POST', `/Salespersons/${guid}`, { body }).status;
    expect(post({ Email: 'a@b.nz' })).toBe(400);
    expect(post({ FullName: 'A' })).toBe(400);
    expect(post({ FullName: 'A', Email: 'nonsense' })).toBe(400);
    expect(post({ FullName: 'A', Email: String(known?.Email).toUpperCase() })).toBe(400);
    expect(post({ FullName: 'A'.repeat(257), Email: 'a@b.nz' })).toBe(400);
    expect(post({ FullName: 'A', Email: 'a@b.nz' })).toBe(201);
  });

  it('an edit shows on customers', () => {
    const workspace = testWorkspace();
    const customer = [...workspace.unleashed.customers.values()].find((row) => row.SalesPersonGuid !== null);
    const person = workspace.unleashed.salespersons.get(String(customer?.SalesPersonGuid));
    const body = { FullName: 'Renamed', Email: person?.Email ?? null };
    erp(workspace, 'POST', `/Salespersons/${person?.Guid}`, { body });
    const shown = erp(workspace, 'GET', `/Customers/${customer?.Guid}`).body as { SalesPerson: Row };
    expect(shown.SalesPerson.FullName).toBe('Renamed');
  });
});
