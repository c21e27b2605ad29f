/** What the codec makes of a registry that is away, slow, failing, or wants credentials. */
import { expect, test } from 'vitest';
import { useHttpServers } from '#test/support/http-server.ts';
import { createCodec } from './codec.ts';
import { CodecError } from './codec-error.ts';

async function failure(promise: Promise<unknown>): Promise<CodecError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

const { serve } = useHttpServers();

test('that is not there: unavailable, retriable', async () => {
  const codec = createCodec({ registry: { url: 'http://127.0.0.1:1', deadlineMs: 500 } });
  const error = await failure(codec.prepare(['sync.link.v1']));
  expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retriable: true });
});

test('that never answers: unavailable after the deadline', async () => {
  const url = await serve(() => {});
  const error = await failure(createCodec({ registry: { url, deadlineMs: 500 } }).prepare(['sync.link.v1']));
  expect(error.code).toBe('REGISTRY_UNAVAILABLE');
});

test('that fails twice and then works: the call succeeds', async () => {
  let calls = 0;
  const url = await serve((_request, response) => {
    calls++;
    response.writeHead(calls < 3 ? 503 : 200, { 'content-type': 'application/json' });
    response.end(calls < 3 ? '{"error_code":503,"message":"busy"}' : '{"id":7}');
  });
  await createCodec({ registry: { url, deadlineMs: 5_000 } }).prepare(['sync.link.v1']);
  expect(calls).toBe(3);
});

test('that wants credentials gets them, and no error shows them', async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    seen.push(request.headers.authorization ?? '');
    const good = request.headers.authorization === `Basic ${Buffer.from('sync:s3cret').toString('base64')}`;
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
    response.end(good ? '{"id":7}' : '{"error_code":401,"message":"no"}');
  });
  await createCodec({ registry: { url, username: 'sync', password: 's3cret' } }).prepare(['sync.link.v1']);
  expect(seen).toHaveLength(1);
  const wrong = { url, username: 'sync', password: 'wr0ng', deadlineMs: 400 };
  const error = await failure(createCodec({ registry: wrong }).prepare(['sync.link.v1']));
  expect(error.code).toBe('REGISTRY_UNAVAILABLE');
  expect(`${error.message} ${String(error.cause)} ${JSON.stringify(error.cause)}`).not.toContain('wr0ng');
});
