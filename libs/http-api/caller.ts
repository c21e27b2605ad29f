/** Makes the calls of a client: asks and tells its hooks, sends, limits, reads. It repeats nothing. */
import { Pool } from 'undici';
import {
  type Exchange,
  ExchangeError,
  exchange,
  guardedConnector,
  inSpan,
  type JsonRecord,
  type JsonValue,
  PUBLIC_ONLY,
} from '#runtime';
import type { AnswerReader, Asked } from './answers.ts';
import {
  type ApiClientOptions,
  type CallInfo,
  type CallOptions,
  DEFAULT_CONNECTIONS,
  DEFAULT_MAX_ANSWER_BYTES,
} from './call-options.ts';
import { ApiError } from './errors.ts';

/** A call. */
export interface CallRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Name for counting; no identity in it. */
  operation: string;
  /** Path below the base URL, exactly as it goes on the wire. */
  path: string;
  /** Query with its question mark, exactly as it goes on the wire; blank for none. */
  query: string;
  /** Headers besides accept and content-type, names in lower case. */
  headers: Record<string, string>;
  /** Body; null for none. */
  body: JsonRecord | null;
}

/** What came back. */
export interface CallAnswer {
  json: JsonValue;
  asked: Asked;
  /** Our clock when the request was sent, milliseconds. */
  sentAtMs: number;
  /** The API's clock when it answered (Date header), milliseconds; null when it gave none. */
  answeredAtMs: number | null;
}

/** Makes calls of one account. */
export interface Caller {
  /** The base URL as it was given. */
  readonly url: URL;
  /** Path of the base URL, without a slash at its end. */
  readonly basePath: string;
  /** Rejects with the API's error, what beforeCall rejected with or what the guard threw. */
  call(request: CallRequest, options?: CallOptions): Promise<CallAnswer>;
  /** Closes all connections; calls under way end with an error. */
  close(): Promise<void>;
}

/** What differs between APIs. */
export interface CallerManners {
  answers: AnswerReader;
  /** Deadline of one call when no other is given, milliseconds. */
  timeoutMs: number;
  /** Purpose of a call that names none. */
  purpose: string;
}

/** Makes the caller of one account. */
export function createCaller(options: ApiClientOptions, manners: CallerManners): Caller {
  const { now = Date.now } = options;
  const { readAnswer, failedExchange } = manners.answers;
  const url = new URL(options.baseUrl);
  const basePath = url.pathname.replace(/\/+$/, '');
  const pool =
    options.exchange === undefined
      ? new Pool(url.origin, {
          connections: options.connections ?? DEFAULT_CONNECTIONS,
          pipelining: 1,
          connect: guardedConnector(options.outbound ?? PUBLIC_ONLY),
        })
      : null;
  const send: Exchange = options.exchange ?? ((request) => exchange(pool as Pool, request));

  return {
    url,
    basePath,
    async call({ method, operation, path, query, headers, body }, callOptions = {}) {
      const asked: Asked = { call: `${method} ${path}`, isWrite: method !== 'GET' };
      const info: CallInfo = { operation, call: asked.call, purpose: callOptions.purpose ?? manners.purpose };
      await options.beforeCall?.(info);
      const sentAtMs = now();
      const facts = { 'http.request.method': method, 'server.address': url.hostname, 'twoway.purpose': info.purpose };
      return await inSpan(operation, { kind: 'client', facts }, async (span) => {
        const done = (status: number | null, code: string, retryAfterMs: number | null): void => {
          if (status !== null) span.add({ 'http.response.status_code': status });
          options.afterCall?.(info, { status, code, durationMs: now() - sentAtMs, retryAfterMs });
        };
        try {
          const answer = await send({
            method,
            path: `${basePath}${path}${query}`,
            headers: {
              accept: 'application/json',
              ...(body === null ? {} : { 'content-type': 'application/json' }),
              ...headers,
            },
            body: body === null ? null : JSON.stringify(body),
            timeoutMs: callOptions.timeoutMs ?? options.timeoutMs ?? manners.timeoutMs,
            maxAnswerBytes: options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES,
            signal: callOptions.signal ?? null,
            guard: callOptions.guard ?? null,
          });
          const json = readAnswer(asked, answer, now());
          done(answer.status, 'ok', null);
          const date = Date.parse(`${answer.headers.date ?? ''}`);
          return { json, asked, sentAtMs, answeredAtMs: Number.isNaN(date) ? null : date };
        } catch (error) {
          const failure = error instanceof ExchangeError ? failedExchange(asked, error) : error;
          if (failure instanceof ApiError) done(failure.status, failure.code, failure.retryAfterMs);
          throw failure;
        }
      });
    },
    close: async () => pool?.destroy(),
  };
}
