import { expect, test } from 'vitest';
import { ExchangeError } from '#runtime';
import { unleashedAnswers } from './answers.ts';
import { UnleashedApiError } from './errors.ts';

const { failedExchange, readAnswer } = unleashedAnswers;
const READ = { call: 'GET /Customers', isWrite: false };
const WRITE = { call: 'POST /Customers/g', isWrite: true };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const NOW_MS = Date.UTC(2026, 0, 1);

function errorOf(work: () => unknown): UnleashedApiError {
  try {
    work();
  } catch (error) {
    if (error instanceof UnleashedApiError) return error;
  }
  throw new Error('no UnleashedApiError');
}

function answered(status: number, body = '', headers: Record<string, string> = JSON_TYPE, asked = WRITE) {
  return errorOf(() => readAnswer(asked, { status, headers, body: Buffer.from(body) }, NOW_MS));
}

test.each([
  { status: 401, body: '', code: 'CREDENTIALS_REFUSED', retriable: false, fateKnown: true },
  { status: 403, body: '', code: 'CREDENTIALS_REFUSED', retriable: false, fateKnown: true },
  {
    status: 403,
    body: '{"Description":"Monthly API call limit reached"}',
    code: 'QUOTA_SPENT',
    retriable: true,
    fateKnown: true,
  },
  { status: 429, body: '{"Description":"API quota exceeded"}', code: 'QUOTA_SPENT', retriable: true, fateKnown: true },
  { status: 429, body: '', code: 'RATE_LIMITED', retriable: true, fateKnown: true },
  { status: 404, body: '', code: 'NOT_FOUND', retriable: false, fateKnown: true },
  { status: 400, body: '{"Description":"no"}', code: 'REFUSED', retriable: false, fateKnown: true },
  { status: 409, body: '', code: 'REFUSED', retriable: false, fateKnown: true },
  { status: 422, body: '', code: 'REFUSED', retriable: false, fateKnown: true },
  { status: 500, body: '', code: 'EMPTY_SERVER_ERROR', retriable: true, fateKnown: false },
  { status: 500, body: '<h1>oops</h1>', code: 'UNAVAILABLE', retriable: true, fateKnown: false },
  { status: 502, body: '', code: 'UNAVAILABLE', retriable: true, fateKnown: false },
  { status: 503, body: '', code: 'UNAVAILABLE', retriable: true, fateKnown: false },
  { status: 302, body: '', code: 'NONSENSE_ANSWER', retriable: true, fateKnown: false },
])('a write answered $status $body is $code', ({ status, body, code, retriable, fateKnown }) => {
  expect(answered(status, body)).toMatchObject({ code, retriable, fateKnown, status });
});

test('the fate of a read is always known', () => {
  for (const status of [302, 500, 503]) expect(answered(status, '', JSON_TYPE, READ).fateKnown).toBe(true);
});

test('Description, Message and errors are read in any casing (U9.1)', () => {
  expect(answered(400, '{"description":"Website is not valid"}').message).toContain('Website is not valid');
  expect(answered(400, '{"Message":"Nope"}').message).toContain('Nope');
  const perField = answered(400, '{"Errors":{"Website":["must be a URL","too long"],"Email":"bad"}}');
  expect(perField.fieldErrors).toEqual({ Website: 'must be a URL too long', Email: 'bad' });
  expect(perField.message).toContain('must be a URL');
});

test('Retry-After is read in seconds and as a date', () => {
  expect(answered(429, '', { 'retry-after': '7' }).retryAfterMs).toBe(7000);
  expect(answered(429, '', { 'retry-after': new Date(NOW_MS + 5000).toUTCString() }).retryAfterMs).toBe(5000);
  expect(answered(429, '', { 'retry-after': 'soon' }).retryAfterMs).toBeNull();
});

test('HTML, truncated JSON and an empty answer to a read make no sense, and are kept to look at', () => {
  const html = answered(200, '<html>hello</html>', { 'content-type': 'text/html' }, READ);
  expect(html).toMatchObject({ code: 'NONSENSE_ANSWER', fateKnown: true });
  expect(html.sample?.toString()).toBe('<html>hello</html>');
  expect(answered(200, '{"Items":[', JSON_TYPE, READ).code).toBe('NONSENSE_ANSWER');
  expect(answered(200, '', JSON_TYPE, READ).code).toBe('NONSENSE_ANSWER');
  expect(answered(200, '<html>', { 'content-type': 'text/html' }).fateKnown).toBe(false);
});

test('a write may be answered with nothing (U6.9)', () => {
  expect(readAnswer(WRITE, { status: 201, headers: {}, body: Buffer.alloc(0) }, NOW_MS)).toBeNull();
});

test.each([
  { failure: 'network', phase: 'not-sent', code: 'UNAVAILABLE', fateKnown: true },
  { failure: 'network', phase: 'sent', code: 'CONNECTION_LOST', fateKnown: false },
  { failure: 'network', phase: 'answering', code: 'NONSENSE_ANSWER', fateKnown: false },
  { failure: 'timeout', phase: 'not-sent', code: 'TIMEOUT', fateKnown: true },
  { failure: 'timeout', phase: 'sent', code: 'TIMEOUT', fateKnown: false },
  { failure: 'too-big', phase: 'answering', code: 'NONSENSE_ANSWER', fateKnown: false },
  { failure: 'cancelled', phase: 'not-sent', code: 'CANCELLED', fateKnown: true },
  { failure: 'cancelled', phase: 'sent', code: 'CANCELLED', fateKnown: false },
] as const)('a write that failed by $failure while $phase is $code', ({ failure, phase, code, fateKnown }) => {
  const error = failedExchange(WRITE, new ExchangeError(failure, phase, null, Buffer.alloc(0)));
  expect(error).toMatchObject({ code, fateKnown });
});
