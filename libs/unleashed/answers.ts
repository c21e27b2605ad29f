/** From an HTTP answer, or none, to a value or an `UnleashedApiError`. Pure. */

import {
  type ExchangeAnswer,
  type ExchangeError,
  isRecord,
  type JsonValue,
  parseJson,
  printable,
  retryAfterMs,
  SAMPLE_BYTES,
} from '#runtime';
import { UnleashedApiError, type UnleashedErrorCode } from './errors.ts';

/** The call that an answer belongs to. */
export interface Asked {
  /** Method and path, for messages. */
  call: string;
  /** True for POST, PUT and DELETE. */
  isWrite: boolean;
}

/**
 * The JSON of a good answer; null for an empty answer to a write (U6.9). Throws UnleashedApiError for everything else: every
 * other status, and good ones with a body that cannot be an answer.
 */
export function readAnswer(asked: Asked, answer: ExchangeAnswer, nowMs: number): JsonValue {
  if (answer.status < 200 || answer.status > 299) throw refusal(asked, answer, nowMs);
  if (answer.body.length === 0 && asked.isWrite) return null;
  const type = answer.headers['content-type'];
  const json = typeof type === 'string' && type.includes('json') ? parseJson(answer.body) : undefined;
  if (json !== undefined) return json;
  throw nonsense(
    asked,
    answer.status,
    answer.body,
    `${answer.body.length} bytes of ${printable(type)} are no JSON answer`,
  );
}

/** The error for an exchange that brought no complete answer. */
export function failedExchange(asked: Asked, error: ExchangeError): UnleashedApiError {
  const { call, isWrite } = asked;
  const fateKnown = !isWrite || error.phase === 'not-sent';
  const details = { call, status: error.status, fateKnown, cause: error };
  if (error.failure === 'cancelled') return new UnleashedApiError('CANCELLED', 'given up', details);
  if (error.failure === 'too-big')
    return nonsense(asked, error.status, error.sample, 'the answer is too big', error, true);
  if (error.failure === 'timeout') {
    return new UnleashedApiError('TIMEOUT', `no answer in time (${error.phase})`, details);
  }
  if (error.phase === 'not-sent') return new UnleashedApiError('UNAVAILABLE', 'no connection', details);
  if (error.phase === 'answering') return nonsense(asked, error.status, error.sample, 'the answer is cut off', error);
  return new UnleashedApiError('CONNECTION_LOST', 'the connection broke before an answer came', details);
}

function nonsense(
  asked: Asked,
  status: number | null,
  body: Buffer,
  message: string,
  cause?: unknown,
  tooBig = false,
): UnleashedApiError {
  const sample = Buffer.from(body.subarray(0, SAMPLE_BYTES));
  return new UnleashedApiError('NONSENSE_ANSWER', message, {
    call: asked.call,
    status,
    fateKnown: !asked.isWrite,
    sample,
    tooBig,
    cause,
  });
}

function refusal(asked: Asked, answer: ExchangeAnswer, nowMs: number): UnleashedApiError {
  const { status } = answer;
  const told = whatTheServerSays(answer.body);
  const code = codeOf(status, answer.body, told.message);
  if (code === 'NONSENSE_ANSWER') return nonsense(asked, status, answer.body, `unexpected status ${status}`);
  return new UnleashedApiError(code, told.message === '' ? `status ${status}` : `status ${status}: ${told.message}`, {
    call: asked.call,
    status,
    // A gateway that answers 5xx may have passed the request on; only a refusal proves that nothing happened.
    fateKnown: !asked.isWrite || status < 500,
    retryAfterMs: retryAfterMs(answer.headers, nowMs),
    fieldErrors: told.fieldErrors,
  });
}

function codeOf(status: number, body: Buffer, message: string): UnleashedErrorCode {
  if ((status === 402 || status === 403 || status === 429) && speaksOfQuota(message)) return 'QUOTA_SPENT';
  if (status === 401 || status === 403) return 'CREDENTIALS_REFUSED';
  if (status === 404) return 'NOT_FOUND';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 500 && body.length === 0) return 'EMPTY_SERVER_ERROR';
  if (status >= 500) return 'UNAVAILABLE';
  return status >= 400 ? 'REFUSED' : 'NONSENSE_ANSWER';
}

/** The wording of a quota block is not known (U9.7): any mention of a quota, or of a limit of a month or plan, is taken for it. */
function speaksOfQuota(message: string): boolean {
  return /quota|(monthly|plan|subscription|api call)s?\b.*\blimit|limit.*\b(month|plan)/i.test(message);
}

/** `Description`, else `Message`, else the texts of the `errors` map, whatever the casing of their names (U9.1). */
function whatTheServerSays(body: Buffer): { message: string; fieldErrors: Record<string, string> } {
  const json = parseJson(body);
  if (!isRecord(json)) return { message: '', fieldErrors: {} };
  const byName = new Map(Object.entries(json).map(([name, value]) => [name.toLowerCase(), value]));
  const fieldErrors = fieldErrorsOf(byName.get('errors'));
  const plain = [byName.get('description'), byName.get('message')].find(
    (text) => typeof text === 'string' && text !== '',
  );
  const message = typeof plain === 'string' ? plain : Object.values(fieldErrors).join(' ');
  return { message: printable(message), fieldErrors };
}

function fieldErrorsOf(errors: JsonValue | undefined): Record<string, string> {
  if (!isRecord(errors)) return {};
  const entries = Object.entries(errors).map(([field, value]) => {
    const text = Array.isArray(value) ? value.filter((entry) => typeof entry === 'string').join(' ') : value;
    return [field, printable(typeof text === 'string' ? text : 'not accepted')] as const;
  });
  return Object.fromEntries(entries);
}
