/**
 * The schema registry behind a deadline and a bounded number of tries.
 *
 * A thin layer over @kafkajs/confluent-schema-registry, which has neither, reports a refused connection as status 400, and
 * sets a subject's compatibility only after the first version is in.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { CodecError } from './codec-error.ts';

/** Where the registry is and how long to wait for it. */
export interface RegistryOptions {
  /** Base URL of a registry that speaks Confluent's API, path included. */
  url: string;
  /** User name for basic authentication. Default: none. */
  username?: string;
  /** Password for basic authentication. Default: none. Never logged, never in an error. */
  password?: string;
  /** Longest time for one call, all its tries together, in milliseconds. Default 10,000. */
  deadlineMs?: number;
}

/** The calls that this project makes. Each throws CodecError REGISTRY_UNAVAILABLE when the deadline passes. */
export interface RegistryClient {
  /** Id of this schema under the subject; null when it is not registered there. */
  idOf(subject: string, schema: string): Promise<number | null>;
  /** The schema with this id, as JSON text; null when there is none. */
  schemaOf(id: number): Promise<string | null>;
  /** Sets the subject's compatibility rule to FULL_TRANSITIVE. The subject need not exist yet. */
  demandFullTransitive(subject: string): Promise<void>;
  /** Adds a version. Gives its id, or the registry's reason for refusing it. */
  register(subject: string, schema: string): Promise<{ id: number } | { refused: string }>;
}

const DEFAULT_DEADLINE_MS = 10_000;
/** One try may not use up the whole deadline. */
const TRY_SHARE = 0.4;
const MAX_TRIES = 6;
const FIRST_PAUSE_MS = 100;
/**
 * Answers that may pass. 400 is what the client below reports for a failed connection (no call of ours can earn a real
 * one); credentials that are refused (401, 403) get corrected.
 */
const PASSING_STATUS: ReadonlySet<number> = new Set([400, 401, 403, 408, 429]);

/** A client for the registry at `options.url`. Opens nothing until the first call. */
export function createRegistryClient(options: RegistryOptions): RegistryClient {
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const tryTimeoutMs = Math.max(200, Math.round(deadlineMs * TRY_SHARE));
  const url = options.url.replace(/\/+$/, '');
  const registry = new SchemaRegistry({
    host: url,
    clientId: 'twoway',
    retry: { retries: 0 },
    ...(options.username === undefined
      ? {}
      : { auth: { username: options.username, password: options.password ?? '' } }),
    middlewares: [() => ({ request: (request) => request.enhance({ timeout: tryTimeoutMs }) })],
  });

  async function call<R>(what: string, once: () => Promise<R>): Promise<R> {
    const giveUpAtMs = performance.now() + deadlineMs;
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await withTimeout(once(), Math.min(tryTimeoutMs, giveUpAtMs - performance.now()));
      } catch (cause) {
        if (cause instanceof CodecError) throw cause;
        const last = attempt >= MAX_TRIES || performance.now() + pauseMs >= giveUpAtMs;
        if (last || !isOutage(cause)) {
          const why = cause instanceof Error ? cause.message : String(cause);
          const message = `schema registry ${url}: ${what} failed (${attempt} tries): ${why}`;
          throw new CodecError('REGISTRY_UNAVAILABLE', message, cause);
        }
        await sleep(pauseMs);
        pauseMs *= 2;
      }
    }
  }

  async function putCompatibility(subject: string): Promise<void> {
    const credentials = `${options.username}:${options.password ?? ''}`;
    const response = await fetch(`${url}/config/${encodeURIComponent(subject)}`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/vnd.schemaregistry.v1+json',
        ...(options.username === undefined
          ? {}
          : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
      body: JSON.stringify({ compatibility: COMPATIBILITY.FULL_TRANSITIVE }),
      signal: AbortSignal.timeout(tryTimeoutMs),
    });
    await response.body?.cancel();
    if (!response.ok) throw new StatusError(response.status);
  }

  return {
    idOf: (subject, schema) =>
      call(`look up ${subject}`, async () => {
        try {
          return await registry.getRegistryIdBySchema(subject, { type: SchemaType.AVRO, schema });
        } catch (error) {
          if (isNotRegistered(error)) return null;
          throw error;
        }
      }),

    schemaOf: (id) =>
      call(`read schema ${id}`, async () => {
        try {
          return JSON.stringify(await registry.getSchema(id));
        } catch (error) {
          if (statusOf(error) === 404) return null;
          if (isOutage(error) || statusOf(error) !== null) throw error;
          // The registry answered with something that is no Avro schema.
          throw new CodecError('INCOMPATIBLE_SCHEMA', `schema ${id} is not an Avro schema`, error);
        }
      }),

    demandFullTransitive: (subject) => call(`configure ${subject}`, () => putCompatibility(subject)),

    register: (subject, schema) =>
      call(`register ${subject}`, async () => {
        try {
          const { id } = await registry.register(
            { type: SchemaType.AVRO, schema },
            { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE },
          );
          return { id };
        } catch (error) {
          const status = statusOf(error);
          if (status === 409 || status === 422) return { refused: error instanceof Error ? error.message : 'refused' };
          throw error;
        }
      }),
  };
}

class StatusError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
}

/** The client turns a 404 of a look-up by schema into an error class that it does not export. */
function isNotRegistered(error: unknown): boolean {
  return statusOf(error) === 404 || (error instanceof Error && error.name === 'ConfluentSchemaRegistryError');
}

/** True for a failure that the same call may not meet again. */
function isOutage(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== null) return status >= 500 || PASSING_STATUS.has(status);
  // From `fetch`: a failed connection is a TypeError, its deadline a TimeoutError.
  return error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError');
}

class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

async function withTimeout<R>(promise: Promise<R>, timeoutMs: number): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TimeoutError(`no answer in ${Math.round(timeoutMs)} ms`)),
      Math.max(1, timeoutMs),
    );
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
