/** Calls of the control API. */
import { currentSession, refused } from './session.ts';

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

/** Longest wait for whether there is an identity provider, milliseconds: the other ways in are not held up for longer. */
const PROVIDER_MS = 3_000;

/** How the identity provider is called with which people sign in; null when there is none, or when it is not known. */
export async function signInProvider(): Promise<string | null> {
  try {
    const response = await fetch('/sign-in/provider', { signal: AbortSignal.timeout(PROVIDER_MS) });
    return response.ok ? ((await response.json()) as { name: string | null }).name : null;
  } catch {
    return null;
  }
}

/** Orders something. A repetition by the network does it once. Throws ApiError. */
export function send<T>(method: 'POST' | 'PUT', path: string, body: unknown): Promise<T> {
  return call<T>(method, path, body);
}

/** Times that a call is made again which came too often: a long bulk waits, and goes on. */
const PATIENCE_TRIES = 5;
const LONGEST_PAUSE_S = 60;

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const token = currentSession()?.token;
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    // The same key for every try: what was done already is not done again.
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomKey() }),
  };
  const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  for (let tries = 1; ; tries++) {
    const response = await reach(path, init, signal);
    if (response.status === 429 && tries < PATIENCE_TRIES) {
      await pause(Math.min(Number(response.headers.get('retry-after')) || 1, LONGEST_PAUSE_S));
      continue;
    }
    const text = await response.text();
    const content: unknown = text === '' ? null : parse(text);
    if (response.ok) return content as T;
    const { title, detail, code } = (content ?? {}) as Problem;
    if (response.status === 401 && token !== undefined)
      refused(token, code === 'TOKEN_EXPIRED' ? 'expired' : 'unknown');
    const said = title ?? `The server answered ${response.status}.`;
    throw new ApiError(response.status, code ?? 'ERROR', said, detail ?? '');
  }
}

async function reach(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    return await fetch(`/v1${path}`, {
      ...init,
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new ApiError(0, 'NO_ANSWER', 'The server does not answer.', 'Check the connection; nothing you see is lost.');
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
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
