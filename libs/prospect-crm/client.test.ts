import type { IncomingMessage, ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { BudgetError, budgetHooks, type CallInfo, type CallResult } from '#http-api';
import { createMemoryQuota } from '#quota';
import { createManualClock, parseOutbound } from '#runtime';
import { type Answering, answerJson, useHttpServers } from '#test/support/http-server.ts';
import { type CrmClient, type CrmPage, createCrmClient, PAGE_SIZE } from './client.ts';
import type { CrmClientOptions } from './client-options.ts';
import { CrmApiError } from './errors.ts';
import { stampLiteral } from './stamps.ts';

const TOKEN = 'very-secret-token';
const { serve, atEnd } = useHttpServers();

async function clientFor(handler: Answering, options: Partial<CrmClientOptions> = {}): Promise<CrmClient> {
  const baseUrl = `${await serve(handler)}/base/`;
  const outbound = parseOutbound('127.0.0.1');
  const client = createCrmClient({ baseUrl, token: TOKEN, outbound, ...options });
  atEnd(() => client.close());
  return client;
}

async function failureOf(work: Promise<unknown>): Promise<CrmApiError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof CrmApiError) return error;
  throw new Error(`not a CrmApiError: ${String(error)}`);
}

async function all(pages: AsyncGenerator<CrmPage>): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const page of pages) records.push(...page.records);
  return records;
}

const queryOf = (request: IncomingMessage) => new URL(request.url ?? '', 'http://x').searchParams;

describe('a request', () => {
  test('carries the token, who calls, and a query that a server can read', async () => {
    let seen: IncomingMessage | undefined;
    const client = await clientFor((request, response) => {
      seen = request;
      answerJson(response, { value: [] });
    });
    const filter = {
      and: [
        { AlternateReference: "O'Neil & Søns #1" },
        { LastUpdatedTimestamp: { gt: stampLiteral(1_767_225_600_123_456) } },
      ],
    };
    await all(client.pages('Contacts', { filter, expand: ['Division'], orderBy: ['ContactId'] }));
    expect(seen?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'user-agent': 'two-way-sync' });
    const query = queryOf(seen as IncomingMessage);
    // Date-times stand without quotes (P2.4), quotes in texts are doubled.
    expect(query.get('$filter')).toBe(
      "((AlternateReference eq 'O''Neil & Søns #1') and (LastUpdatedTimestamp gt 2026-01-01T00:00:00.123456Z))",
    );
    expect(new Set(query.keys())).toEqual(new Set(['$filter', '$expand', '$orderby', '$top', '$skip', '$count']));
    expect(query.get('$top')).toBe(`${PAGE_SIZE}`);
    expect(seen?.url?.startsWith('/base/Contacts?')).toBe(true);
  });

  test('names text keys in quotes', async () => {
    const paths: string[] = [];
    const client = await clientFor((request, response) => {
      paths.push(request.url ?? '');
      answerJson(response, { value: [] });
    });
    await client.get('Users', "J'B", {});
    await client.get('Divisions', 7, { expand: ['Address'] });
    expect(paths).toEqual(["/base/Users('J''B')", '/base/Divisions(7)?$expand=Address']);
  });

  test('writes with a body, and takes an answer without one (P2.8)', async () => {
    let written = '';
    const client = await clientFor((request, response, body) => {
      written = `${request.method} ${request.headers['content-type']} ${body}`;
      response.writeHead(204).end();
    });
    await client.patch('Contacts', 5, { Fax: '' });
    expect(written).toBe('PATCH application/json {"Fax":""}');
  });
});

describe('a get by key', () => {
  test.each([
    ['a bare record', 200, { ContactId: 5 }, { ContactId: 5 }],
    ['a list of one', 200, { value: [{ ContactId: 5 }] }, { ContactId: 5 }],
    ['an empty list', 200, { value: [] }, null],
    ['404', 404, { error: { code: '', message: 'none', details: [] } }, null],
  ])('takes %s (P2.2)', async (_name, status, body, expected) => {
    const client = await clientFor((_request, response) => answerJson(response, body, status));
    expect((await client.get('Contacts', 5, {}))?.record ?? null).toEqual(expected);
  });

  test('says when its request was sent', async () => {
    let nowMs = 1000;
    const tick = (_request: IncomingMessage, response: ServerResponse) => {
      nowMs = 9000;
      answerJson(response, { ContactId: 5 });
    };
    const client = await clientFor(tick, { now: () => nowMs });
    expect((await client.get('Contacts', 5, {}))?.readStartedAtMs).toBe(1000);
  });
});

describe('a list', () => {
  const rows = Array.from({ length: 1_203 }, (_, index) => ({ ContactId: index }));
  function serve(limit: number, withLinks: boolean, urls: string[] = [], counts = false): Answering {
    return (request, response) => {
      urls.push(request.url ?? '');
      const query = queryOf(request);
      const skip = Number(query.get('$skip') ?? 0);
      const value = rows.slice(skip, skip + Math.min(limit, Number(query.get('$top') ?? limit)));
      const next = `http://${request.headers.host}/base/Contacts?$top=${PAGE_SIZE}&$skip=${skip + value.length}`;
      const hasMore = skip + value.length < rows.length;
      const count = counts && query.get('$count') === 'true' ? { '@odata.count': rows.length } : {};
      answerJson(response, { value, ...count, ...(withLinks && hasMore ? { '@odata.nextLink': next } : {}) });
    };
  }

  test.each([
    ['nextLink and a small limit', 100, true],
    ['no nextLink and a small limit', 100, false],
    ['no nextLink and a large limit', 5_000, false],
  ])('is read to its end with %s (P2.5)', async (_name, limit, withLinks) => {
    const client = await clientFor(serve(limit, withLinks));
    expect(await all(client.pages('Contacts', {}))).toHaveLength(rows.length);
  });

  test.each([
    ['a large limit', 500, 3],
    ['a small limit', 401, 3],
    ['a very small limit', 100, 13],
  ])('takes no call more than it has pages where the server counts, with %s (P2.3)', async (_name, limit, calls) => {
    const urls: string[] = [];
    const client = await clientFor(serve(limit, false, urls, true));
    expect(await all(client.pages('Contacts', {}))).toEqual(rows);
    expect(urls).toHaveLength(calls);
    expect(await all(client.pages('Contacts', { skip: 1_200 }))).toEqual(rows.slice(1_200));
    expect(urls).toHaveLength(calls + 1);
  });

  test('of so many records at most does not make the server count', async () => {
    const urls: string[] = [];
    const client = await clientFor(serve(500, false, urls));
    await all(client.pages('Contacts', { top: 1 }));
    expect(urls).toHaveLength(1);
    expect(urls[0]).not.toContain('count');
  });

  test('goes on where a walk was cut short, and ends where it is told', async () => {
    const client = await clientFor(serve(500, false));
    expect(await all(client.pages('Contacts', { skip: 1_200 }))).toEqual(rows.slice(1_200));
    expect(await all(client.pages('Contacts', { skip: 10, top: 2 }))).toEqual(rows.slice(10, 12));
  });

  test('does not carry the token to another server', async () => {
    const client = await clientFor((_request, response) =>
      answerJson(response, { value: [{}], '@odata.nextLink': 'https://evil.example/base/Contacts' }),
    );
    expect(await failureOf(all(client.pages('Contacts', {})))).toMatchObject({ code: 'NONSENSE_ANSWER' });
  });
});

describe('an error', () => {
  const detail = (target: string) => ({
    error: { code: '-194', message: 'broken foreign key', details: [{ code: '-194', message: 'x', target }] },
  });

  test.each([
    [400, detail('RoleCode'), { code: 'REFUSED', retriable: false, fateKnown: true, targets: ['RoleCode'] }],
    [401, {}, { code: 'CREDENTIALS_REFUSED', retriable: false, fateKnown: true }],
    [403, {}, { code: 'CREDENTIALS_REFUSED' }],
    [404, {}, { code: 'NOT_FOUND', retriable: false }],
    [409, {}, { code: 'REFUSED' }],
    [429, {}, { code: 'RATE_LIMITED', retriable: true, fateKnown: true, retryAfterMs: 7_000 }],
    [500, detail('Id'), { code: 'UNAVAILABLE', retriable: true, fateKnown: false }],
    [503, {}, { code: 'UNAVAILABLE', fateKnown: false }],
    [302, {}, { code: 'NONSENSE_ANSWER' }],
  ])('of status %i is in the table', async (status, body, expected) => {
    const client = await clientFor((_request, response) => answerJson(response, body, status, { 'retry-after': '7' }));
    const error = await failureOf(client.post('Contacts', {}));
    expect(error).toMatchObject({ status, ...expected });
    expect(inspect(error, { depth: 9 })).not.toContain(TOKEN);
  });

  test('of a read leaves nothing open', async () => {
    const client = await clientFor((_request, response) => answerJson(response, {}, 503));
    expect((await failureOf(client.get('Contacts', 1, {}))).fateKnown).toBe(true);
  });

  test.each([
    ['HTML', 'text/html', '<html>'],
    ['JSON that is cut off', 'application/json', '{"value":[{"Conta'],
    ['text that says it is JSON', 'application/json', 'oops'],
  ])('is an answer of %s, and its bytes are kept', async (_name, type, body) => {
    const client = await clientFor((_request, response) => response.writeHead(200, { 'content-type': type }).end(body));
    const error = await failureOf(client.get('Contacts', 1, {}));
    expect(error).toMatchObject({ code: 'NONSENSE_ANSWER', retriable: true });
    expect(error.sample?.toString()).toBe(body);
  });

  test('is an answer that is too big: it is not read to its end', async () => {
    let sent = 0;
    const client = await clientFor((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        sent += 1;
        if (sent < 2_000 && !response.destroyed && response.write('x'.repeat(64 * 1024))) setImmediate(more);
      };
      response.on('drain', more);
      more();
    });
    const error = await failureOf(client.get('Contacts', 1, {}));
    expect(error).toMatchObject({ code: 'NONSENSE_ANSWER' });
    expect(sent).toBeLessThan(2_000);
  });

  test('is silence: a read may be repeated, the fate of a write is open', async () => {
    const client = await clientFor(() => undefined, { timeoutMs: 50 });
    expect(await failureOf(client.get('Contacts', 1, {}))).toMatchObject({ code: 'TIMEOUT', fateKnown: true });
    expect(await failureOf(client.patch('Contacts', 1, {}))).toMatchObject({ code: 'TIMEOUT', fateKnown: false });
  });

  test('is a connection that breaks, or none at all: only the former leaves a write open', async () => {
    const client = await clientFor((request) => request.socket.destroy());
    expect(await failureOf(client.patch('Contacts', 1, {}))).toMatchObject({
      code: 'CONNECTION_LOST',
      fateKnown: false,
    });
    const nobody = createCrmClient({ baseUrl: 'http://127.0.0.1:1', token: TOKEN });
    atEnd(() => nobody.close());
    expect(await failureOf(nobody.patch('Contacts', 1, {}))).toMatchObject({ code: 'UNAVAILABLE', fateKnown: true });
  });

  test('of the guard stops the request when it would go out', async () => {
    let requests = 0;
    const client = await clientFor((_request, response) => {
      requests += 1;
      answerJson(response, {});
    });
    const guard = (): void => {
      throw new Error('too late');
    };
    await expect(client.patch('Contacts', 1, {}, { guard })).rejects.toThrow('too late');
    expect(requests).toBe(0);
  });
});

describe('the budget', () => {
  test('is asked before each page, says no without a call, and hears of a 429', async () => {
    const clock = createManualClock(Date.UTC(2026, 0, 1));
    const quota = createMemoryQuota({ monthlyCallsOf: () => 1_000, clock });
    const results: string[] = [];
    let status = 200;
    const hooks = budgetHooks({ quota, tenantId: 't1', side: 'crm' });
    const afterCall = (info: CallInfo, result: CallResult) => {
      results.push(`${info.operation} ${result.code}`);
      hooks.afterCall(info, result);
    };
    const client = await clientFor((_request, response) => answerJson(response, { value: [] }, status), {
      ...hooks,
      afterCall,
    });
    await client.get('Contacts', 1, {}, { purpose: 'live' });
    expect((await quota.usage('t1', 'crm')).usedCalls).toBe(1);
    status = 429;
    await failureOf(client.get('Contacts', 1, {}));
    const refused: unknown = await client.get('Contacts', 1, {}).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(BudgetError);
    expect((refused as BudgetError).retryAtMs).toBeGreaterThan(clock.now());
    expect(results).toEqual(['GET Contacts ok', 'GET Contacts RATE_LIMITED']);
  });
});
