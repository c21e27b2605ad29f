/** Calls of the control API. */
import { currentToken } from './session.ts';

/** Longest wait for an answer, milliseconds; the API itself gives up earlier. */
const DEADLINE_MS = 30_000;

/** An answer other than success, or none at all. */
export class ApiError extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Stable code of the problem. */
  readonly code: string;
  /** What to do about it; empty when the message says all. */
  readonly hint: string;

  constructor(status: number, code: string, message: string, hint = '') {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
}

/** Reads something below /v1. Throws ApiError. */
export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return call<T>('GET', path, undefined, signal);
}

/** Orders something. A repetition by the network does it once. Throws ApiError. */
export function send<T>(method: 'POST' | 'PUT', path: string, body: unknown): Promise<T> {
  return call<T>(method, path, body);
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  let response: Response;
  try {
    response = await fetch(`/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${currentToken() ?? ''}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomKey() }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new ApiError(0, 'NO_ANSWER', 'The server does not answer.', 'Check the connection; nothing you see is lost.');
  }
  const text = await response.text();
  const content: unknown = text === '' ? null : parse(text);
  if (response.ok) return content as T;
  const { title, detail, code } = (content ?? {}) as Problem;
  throw new ApiError(
    response.status,
    code ?? 'ERROR',
    title ?? `The server answered ${response.status}.`,
    detail ?? '',
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** 128 random bits. Not randomUUID: browsers have that on secure origins only. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
