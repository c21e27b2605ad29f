/** From an HTTP answer, or none, to a value or an `ApiError`. Pure. */
import {
  type ExchangeAnswer,
  type ExchangeError,
  type JsonValue,
  OutboundError,
  parseJson,
  printable,
  retryAfterMs,
  SAMPLE_BYTES,
} from '#runtime';
import type { ApiError, ApiErrorCode, ApiErrorDetails } from './errors.ts';

/** The call that an answer belongs to. */
export interface Asked {
  /** Method and path, for messages. */
  call: string;
  /** True for everything but GET. */
  isWrite: boolean;
}

/** How an API words its refusals. */
export interface Dialect<Said extends object> {
  /** What the server says in a body: a sentence, empty when there is none, and what else the API's errors hold. */
  read(body: Buffer): { message: string; said: Said };
  /** The kind of error of an answer that is not a good one. */
  codeOf(status: number, body: Buffer, message: string): ApiErrorCode;
  /** Makes the API's own error. */
  error(code: ApiErrorCode, message: string, details: ApiErrorDetails & Partial<Said>): ApiError;
}

/** Reads the answers of one API. */
export interface AnswerReader {
  /**
   * The JSON of a good answer; null for an empty answer to a write (facts P2.8, U6.9). Throws ApiError for everything else:
   * every other status, and good ones with a body that cannot be an answer.
   */
  readAnswer(asked: Asked, answer: ExchangeAnswer, nowMs: number): JsonValue;
  /** The error for an exchange that brought no complete answer. */
  failedExchange(asked: Asked, error: ExchangeError): ApiError;
}

/** The kind of error by status, as most servers mean it. */
export function usualCode(status: number): ApiErrorCode {
  if (status === 401 || status === 403) return 'CREDENTIALS_REFUSED';
  if (status === 404) return 'NOT_FOUND';
  if (status === 429) return 'RATE_LIMITED';
  if (status >= 500) return 'UNAVAILABLE';
  return status >= 400 ? 'REFUSED' : 'NONSENSE_ANSWER';
}

/** Makes the reader of an API's answers. */
export function createAnswerReader<Said extends object>(dialect: Dialect<Said>): AnswerReader {
  function nonsense(asked: Asked, message: string, status: number | null, body: Buffer, rest: object = {}): ApiError {
    const sample = Buffer.from(body.subarray(0, SAMPLE_BYTES));
    const about: ApiErrorDetails = { call: asked.call, status, fateKnown: !asked.isWrite, sample, ...rest };
    return dialect.error('NONSENSE_ANSWER', message, about as ApiErrorDetails & Partial<Said>);
  }

  function refusal(asked: Asked, { status, headers, body }: ExchangeAnswer, nowMs: number): ApiError {
    const { message, said } = dialect.read(body);
    const code = dialect.codeOf(status, body, message);
    if (code === 'NONSENSE_ANSWER') return nonsense(asked, `unexpected status ${status}`, status, body);
    return dialect.error(code, message === '' ? `status ${status}` : `status ${status}: ${message}`, {
      call: asked.call,
      status,
      // A gateway that answers 5xx may have passed the request on; only a refusal proves that nothing happened.
      fateKnown: !asked.isWrite || status < 500,
      retryAfterMs: retryAfterMs(headers, nowMs),
      ...said,
    });
  }

  return {
    readAnswer(asked, answer, nowMs) {
      if (answer.status < 200 || answer.status > 299) throw refusal(asked, answer, nowMs);
      if (answer.body.length === 0 && asked.isWrite) return null;
      const type = answer.headers['content-type'];
      const json = typeof type === 'string' && type.includes('json') ? parseJson(answer.body) : undefined;
      if (json !== undefined) return json;
      const what = `${answer.body.length} bytes of ${printable(type)} are no JSON answer`;
      throw nonsense(asked, what, answer.status, answer.body);
    },
    failedExchange(asked, error) {
      const { failure, phase, status, sample } = error;
      const fateKnown = !asked.isWrite || phase === 'not-sent';
      const make = (code: ApiErrorCode, message: string): ApiError => {
        const about: ApiErrorDetails = { call: asked.call, status, fateKnown, cause: error };
        return dialect.error(code, message, about as ApiErrorDetails & Partial<Said>);
      };
      if (failure === 'cancelled') return make('CANCELLED', 'given up');
      if (failure === 'too-big') {
        return nonsense(asked, 'the answer is too big', status, sample, { cause: error, tooBig: true });
      }
      if (failure === 'timeout') return make('TIMEOUT', `no answer in time (${phase})`);
      if (error.cause instanceof OutboundError) return make('UNAVAILABLE', error.cause.message);
      if (phase === 'not-sent') return make('UNAVAILABLE', 'no connection');
      if (phase === 'answering') return nonsense(asked, 'the answer is cut off', status, sample, { cause: error });
      return make('CONNECTION_LOST', 'the connection broke before an answer came');
    },
  };
}
