import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { CallInfo, CallResult } from '#http-api';
import { parseOutbound } from '#runtime';
import { type Answering, answerJson, useHttpServers } from '#test/support/http-server.ts';
import { createUnleashedClient, type UnleashedClient } from './client.ts';
import type { UnleashedClientOptions } from './client-options.ts';
import { UnleashedApiError } from './errors.ts';
import { walkPages } from './pages.ts';
import { signQuery } from './signature.ts';

const KEY = 'very-secret-key';
const GUID = '6f1b6d0e-9d1c-4b43-8f68-0d0b3f1f2a3b';
const { serve, atEnd } = useHttpServers();

async function clientFor(handler: Answering, options: Partial<UnleashedClientOptions> = {}): Promise<UnleashedClient> {
  const baseUrl = `${await serve(handler)}/base/`;
  const client = createUnleashedClient({
    baseUrl,
    apiId: 'id',
    apiKey: KEY,
    outbound: parseOutbound('127.0.0.1'),
    ...options,
  });
  atEnd(() => client.close());
  return client;
}

async function failureOf(work: Promise<unknown>): Promise<UnleashedApiError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof UnleashedApiError) return error;
  throw new Error(`not an UnleashedApiError: ${String(error)}`);
}

const EMPTY_PAGE = { Pagination: { NumberOfItems: 0, PageSize: 1000, PageNumber: 1, NumberOfPages: 0 }, Items: [] };

test('what is signed is what goes over the wire, byte for byte (U1.7, U1.10)', async () => {
  let seen: IncomingMessage | undefined;
  const client = await clientFor((request, response) => {
    seen = request;
    answerJson(response, EMPTY_PAGE);
  });
  const parameters = [
    ['modifiedSince', '2026-03-01T10:20:30'],
    ['contactEmail', 'a@b.c'],
  ] as const;
  await client.list({ resource: 'Customers', pageNumber: 2, parameters });
  const wire = 'modifiedSince=2026-03-01T10:20:30&contactEmail=a@b.c';
  expect(seen?.url).toBe(`/base/Customers/2?${wire}`);
  expect(seen?.headers).toMatchObject({
    accept: 'application/json',
    'api-auth-id': 'id',
    'api-auth-signature': signQuery(wire, KEY),
    'client-type': 'two-way-sync/connector',
  });
});

test('a write carries its body and the signature of the empty query (U1.6)', async () => {
  let seen: { request: IncomingMessage; body: string } | undefined;
  const client = await clientFor((request, response, body) => {
    seen = { request, body };
    response.writeHead(201).end();
  });
  await client.postCustomer(GUID, { CustomerName: 'Ännä' });
  expect(seen?.request.method).toBe('POST');
  expect(seen?.request.url).toBe(`/base/Customers/${GUID}`);
  expect(seen?.request.headers['api-auth-signature']).toBe(signQuery('', KEY));
  expect(JSON.parse(seen?.body ?? '')).toEqual({ CustomerName: 'Ännä' });
});

test('a walk ends at NumberOfPages, and at a page that was clamped to the last one (U3.4)', async () => {
  const asked: string[] = [];
  let pages = 3;
  const client = await clientFor((request, response) => {
    asked.push(request.url ?? '');
    const wanted = Number(request.url?.split('/')[3] ?? 1);
    // The list shrinks while it is walked: page 3 is gone when it is asked for.
    const number = Math.min(wanted, pages);
    if (wanted === 2) pages = 2;
    answerJson(response, {
      Pagination: { NumberOfItems: 3, PageSize: 1, PageNumber: number, NumberOfPages: wanted === 2 ? 3 : pages },
      Items: [{ Guid: `${number}` }],
    });
  });
  const seen: unknown[] = [];
  for await (const page of walkPages(client, { resource: 'Customers', parameters: [] })) seen.push(...page.items);
  expect(seen).toEqual([{ Guid: '1' }, { Guid: '2' }]);
  expect(asked).toEqual(['/base/Customers', '/base/Customers/2', '/base/Customers/3']);
});

test('only a GUID may stand where a page number could (section 2 of the facts)', async () => {
  const client = await clientFor((_request, response) => answerJson(response, {}));
  expect((await failureOf(client.getCustomer('2'))).code).toBe('NOT_FOUND');
});

test('an answer above the limit is given up', async () => {
  const client = await clientFor(
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`["${'x'.repeat(100_000)}"]`);
    },
    { maxAnswerBytes: 10_000 },
  );
  expect((await failureOf(client.getCustomer(GUID))).code).toBe('NONSENSE_ANSWER');
});

test('an answer that is cut off makes no sense', async () => {
  const client = await clientFor((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"Guid":"', () => response.destroy());
  });
  const error = await failureOf(client.getCustomer(GUID));
  expect(error).toMatchObject({ code: 'NONSENSE_ANSWER', fateKnown: true });
  expect(error.sample?.toString()).toBe('{"Guid":"');
});

test('a call without an answer ends at its deadline; the fate of a write is then unknown', async () => {
  const client = await clientFor(() => {}, { timeoutMs: 50 });
  expect(await failureOf(client.getCustomer(GUID))).toMatchObject({ code: 'TIMEOUT', fateKnown: true });
  expect(await failureOf(client.postCustomer(GUID, {}))).toMatchObject({ code: 'TIMEOUT', fateKnown: false });
});

test('a call that waits for a connection ends at its deadline and is not sent any more', async () => {
  const urls: string[] = [];
  const held: ServerResponse[] = [];
  const client = await clientFor(
    (request, response) => {
      urls.push(request.method ?? '');
      held.push(response);
    },
    { connections: 1 },
  );
  const first = client.getCustomer(GUID);
  const second = await failureOf(client.postCustomer(GUID, {}, { timeoutMs: 50 }));
  expect(second).toMatchObject({ code: 'TIMEOUT', fateKnown: true });
  answerJson(held[0] as ServerResponse, { Guid: GUID });
  await first;
  const third = client.getCustomer(GUID);
  await expect.poll(() => held.length).toBe(2);
  answerJson(held[1] as ServerResponse, { Guid: GUID });
  await third;
  expect(urls).toEqual(['GET', 'GET']);
});

test('a broken connection: unknown fate once the request was on its way, known before', async () => {
  const client = await clientFor((request) => request.socket.destroy());
  expect(await failureOf(client.postCustomer(GUID, {}))).toMatchObject({ code: 'CONNECTION_LOST', fateKnown: false });
  const nobody = createUnleashedClient({ baseUrl: 'http://127.0.0.1:1', apiId: 'id', apiKey: KEY });
  atEnd(() => nobody.close());
  expect(await failureOf(nobody.postCustomer(GUID, {}))).toMatchObject({ code: 'UNAVAILABLE', fateKnown: true });
});

test('a call can be cancelled', async () => {
  const client = await clientFor(() => {});
  const signal = AbortSignal.timeout(30);
  expect((await failureOf(client.getCustomer(GUID, { signal }))).code).toBe('CANCELLED');
});

test('the hooks see every call, can refuse it, and no error shows the key', async () => {
  const calls: [CallInfo, CallResult][] = [];
  let refuse = false;
  const client = await clientFor((_request, response) => answerJson(response, { Description: 'bad' }, 400), {
    beforeCall: () => {
      if (refuse) throw new Error('no budget');
    },
    afterCall: (info, result) => calls.push([info, result]),
  });
  const error = await failureOf(client.putContact(GUID, GUID, {}, { purpose: 'live' }));
  expect(calls).toMatchObject([
    [
      { operation: 'PUT contact', purpose: 'live' },
      { status: 400, code: 'REFUSED' },
    ],
  ]);
  expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(KEY);
  refuse = true;
  await expect(client.getCustomer(GUID)).rejects.toThrow('no budget');
  expect(calls).toHaveLength(1);
});

test('the guard is asked when the request would go out, and can hold it back', async () => {
  const seen: string[] = [];
  const client = await clientFor((request, response) => {
    seen.push(request.method ?? '');
    answerJson(response, { Guid: GUID });
  });
  const guard = () => {
    throw new Error('too late');
  };
  await expect(client.postCustomer(GUID, {}, { guard })).rejects.toThrow('too late');
  await client.getCustomer(GUID, { guard: () => {} });
  expect(seen).toEqual(['GET']);
});
