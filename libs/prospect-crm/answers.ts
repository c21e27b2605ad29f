/** From an HTTP answer, or none, to a value or a `CrmApiError`. Pure. */
import {
  type ExchangeAnswer,
  type ExchangeError,
  isRecord,
  type JsonRecord,
  type JsonValue,
  parseJson,
  printable,
  retryAfterMs,
  SAMPLE_BYTES,
  textOf,
} from '#runtime';
import { CrmApiError, type CrmErrorCode } from './errors.ts';

/** The call that an answer belongs to. */
export interface Asked {
  /** Method and path, for messages. */
  call: string;
  /** True for POST, PATCH and DELETE. */
  isWrite: boolean;
}

/** The JSON of a good answer; null for an empty answer to a write (fact P2.8). Throws CrmApiError for everything else. */
export function readAnswer(asked: Asked, answer: ExchangeAnswer, nowMs: number): JsonValue {
  if (answer.status < 200 || answer.status > 299) throw refusal(asked, answer, nowMs);
  if (answer.body.length === 0 && asked.isWrite) return null;
  const type = answer.headers['content-type'];
  const json = typeof type === 'string' && type.includes('json') ? parseJson(answer.body) : undefined;
  if (json !== undefined) return json;
  const what = `${answer.body.length} bytes of ${printable(type)} are no JSON answer`;
  throw nonsense(asked, answer.status, answer.body, what);
}

/** The error for an exchange that brought no complete answer. */
export function failedExchange(asked: Asked, error: ExchangeError): CrmApiError {
  const { call, isWrite } = asked;
  const details = { call, status: error.status, fateKnown: !isWrite || error.phase === 'not-sent', cause: error };
  if (error.failure === 'cancelled') return new CrmApiError('CANCELLED', 'given up', details);
  if (error.failure === 'too-big') return nonsense(asked, error.status, error.sample, 'the answer is too big');
  if (error.failure === 'timeout') return new CrmApiError('TIMEOUT', `no answer in time (${error.phase})`, details);
  if (error.phase === 'not-sent') return new CrmApiError('UNAVAILABLE', 'no connection', details);
  if (error.phase === 'answering') return nonsense(asked, error.status, error.sample, 'the answer is cut off');
  return new CrmApiError('CONNECTION_LOST', 'the connection broke before an answer came', details);
}

/** The one record of an answer to a GET by key or a POST: bare, or a list of one (fact P2.2). Null for an empty list. */
export function singleRecord(asked: Asked, json: JsonValue): JsonRecord | null {
  if (!isRecord(json))
    throw new CrmApiError('NONSENSE_ANSWER', 'not a record', { call: asked.call, fateKnown: !asked.isWrite });
  const list = json.value;
  if (!Array.isArray(list)) return json;
  const first = list[0];
  return isRecord(first) ? first : null;
}

function nonsense(asked: Asked, status: number | null, body: Buffer, message: string): CrmApiError {
  const sample = Buffer.from(body.subarray(0, SAMPLE_BYTES));
  return new CrmApiError('NONSENSE_ANSWER', message, { call: asked.call, status, fateKnown: !asked.isWrite, sample });
}

function refusal(asked: Asked, answer: ExchangeAnswer, nowMs: number): CrmApiError {
  const { status } = answer;
  const code = codeOf(status);
  if (code === 'NONSENSE_ANSWER') return nonsense(asked, status, answer.body, `unexpected status ${status}`);
  const told = whatTheServerSays(answer.body);
  return new CrmApiError(code, told.message === '' ? `status ${status}` : `status ${status}: ${told.message}`, {
    call: asked.call,
    status,
    // A gateway that answers 5xx may have passed the request on; only a refusal proves that nothing happened.
    fateKnown: !asked.isWrite || status < 500,
    retryAfterMs: retryAfterMs(answer.headers, nowMs),
    targets: told.targets,
  });
}

function codeOf(status: number): CrmErrorCode {
  if (status === 401 || status === 403) return 'CREDENTIALS_REFUSED';
  if (status === 404) return 'NOT_FOUND';
  if (status === 429) return 'RATE_LIMITED';
  if (status >= 500) return 'UNAVAILABLE';
  return status >= 400 ? 'REFUSED' : 'NONSENSE_ANSWER';
}

/** `error.message` and the targets of `error.details` (fact P2.11). */
function whatTheServerSays(body: Buffer): { message: string; targets: string[] } {
  const json = parseJson(body);
  const error = isRecord(json) ? json.error : null;
  if (!isRecord(error)) return { message: '', targets: [] };
  const details = Array.isArray(error.details) ? error.details.filter(isRecord) : [];
  const targets = details.map((detail) => textOf(detail, 'target')).filter((target) => target !== '');
  return { message: printable(textOf(error, 'message')), targets };
}
