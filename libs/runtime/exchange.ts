/**
 * One HTTP exchange through undici, with a deadline and a limit on the size of the answer. It works on undici's dispatch
 * handlers and not on `request()`, because only they tell exactly whether a request had begun to go out when it failed, and
 * with that whether a write may have taken effect.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

/** What to send. */
export interface ExchangeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query exactly as they go on the wire. */
  path: string;
  /** Headers, names in lower case. */
  headers: Record<string, string>;
  /** Body; null for none. */
  body: string | null;
  /** Milliseconds for everything: waiting for a connection, sending, the whole answer. */
  timeoutMs: number;
  /** Largest answer, bytes. */
  maxAnswerBytes: number;
  /** Aborts the exchange; null for never. */
  signal: AbortSignal | null;
  /** Asked at the very moment at which the request would go out; what it throws stops the request. Null for no question. */
  guard: (() => void) | null;
}

/** A complete answer. */
export interface ExchangeAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** How far an exchange had come when it failed. */
export type ExchangePhase = 'not-sent' | 'sent' | 'answering';

/** Why an exchange failed. */
export type ExchangeFailure = 'timeout' | 'network' | 'too-big' | 'cancelled';

/** An exchange without a complete answer. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly failure: ExchangeFailure;
  readonly phase: ExchangePhase;
  /** Status, when the head of an answer had come; else null. */
  readonly status: number | null;
  /** What had come of the answer's body, at most 64 kB. */
  readonly sample: Buffer;

  constructor(failure: ExchangeFailure, phase: ExchangePhase, status: number | null, sample: Buffer, cause?: unknown) {
    super(`${failure} (${phase})`, { cause });
    this.failure = failure;
    this.phase = phase;
    this.status = status;
    this.sample = sample;
  }
}

/** Bytes of an answer that are kept to look at when it made no sense. */
export const SAMPLE_BYTES = 64 * 1024;

/** A way to send requests: `exchange` on a dispatcher, or a simulation's. */
export type Exchange = (request: ExchangeRequest) => Promise<ExchangeAnswer>;

/**
 * Sends a request and gives the whole answer, whatever its status. Rejects with ExchangeError, or with what the guard threw,
 * and nothing else.
 */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<ExchangeAnswer> {
  return new Promise((resolve, reject) => {
    let phase: ExchangePhase = 'not-sent';
    let controller: Dispatcher.DispatchController | null = null;
    let settled = false;
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    let size = 0;
    const chunks: Buffer[] = [];

    const finish = (): void => {
      settled = true;
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', cancel);
    };
    const fail = (failure: ExchangeFailure, cause?: unknown): void => {
      if (settled) return;
      finish();
      const sample = Buffer.concat(chunks).subarray(0, SAMPLE_BYTES);
      const error = new ExchangeError(failure, phase, status === 0 ? null : status, sample, cause);
      reject(error);
      controller?.abort(error);
    };
    const cancel = (): void => fail('cancelled');
    const timer = setTimeout(() => fail('timeout'), request.timeoutMs);
    if (request.signal?.aborted === true) return fail('cancelled');
    request.signal?.addEventListener('abort', cancel, { once: true });

    const { method, path, body } = request;
    const sent = { method, path, headers: request.headers, body, headersTimeout: 0, bodyTimeout: 0 };
    dispatcher.dispatch(sent, {
      onRequestStart(given) {
        controller = given;
        // A request that gave up while it waited for a connection must not go out any more.
        if (settled) return given.abort(new Error('given up before it was sent'));
        try {
          request.guard?.();
          phase = 'sent';
        } catch (error) {
          finish();
          reject(error);
          given.abort(new Error('stopped before it was sent'));
        }
      },
      onResponseStart(_controller, statusCode, given) {
        // 1xx answers come here too; the last head is the real one.
        phase = 'answering';
        status = statusCode;
        headers = given;
      },
      onResponseData(_controller, chunk) {
        size += chunk.length;
        chunks.push(chunk);
        if (size > request.maxAnswerBytes) fail('too-big');
      },
      onResponseEnd() {
        if (settled) return;
        finish();
        resolve({ status, headers, body: Buffer.concat(chunks) });
      },
      onResponseError(_controller, error) {
        fail('network', error);
      },
    });
  });
}
