/** The control API as programs and people at a terminal use it: where it is, who asks, and what a refusal means. */
import { v4 as randomId } from 'uuid';
import { z } from 'zod';
import { localFolders } from '#local-stack';
import { localToken, readUpState, systemHome } from './supervisor/home.ts';
import type { System } from './supervisor/system.ts';
import { visible } from './visible.ts';

const TIMEOUT_MS = 30_000;

/** Whom to ask, and as whom. */
export interface ApiAddress {
  /** Base URL without a slash at its end. */
  readonly url: string;
  readonly token: string;
}

/** Codes of this file's own; the control API's are passed on as they are. */
export type ApiErrorCode = 'NOT_RUNNING' | 'NO_ANSWER' | 'NOT_UNDERSTOOD' | 'NOT_IN_FORCE' | (string & {});

/** The control API refused, or could not be asked. */
export class ApiError extends Error {
  /** Stable code; those of the control API are listed in docs/operations.md. */
  readonly code: ApiErrorCode;
  /** What to do about it, one sentence. */
  readonly hint: string;
  /** True when the same call may succeed later. */
  readonly retriable: boolean;

  constructor(code: ApiErrorCode, message: string, options: { hint: string; retriable?: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.hint = options.hint;
    this.retriable = options.retriable ?? false;
  }
}

/** The control API of a local system, as its admin. */
export function apiOf({ urlOf, token }: Pick<System, 'urlOf' | 'token'>): ApiAddress {
  return { url: urlOf('control-api'), token };
}

/**
 * TWOWAY_URL and TWOWAY_TOKEN, or else the system that runs on this machine, as its admin or as whom TWOWAY_TOKEN says.
 *
 * @throws ApiError NOT_RUNNING when neither is there; USAGE when TWOWAY_URL is no address or goes without TWOWAY_TOKEN: the token
 * of this machine is for this machine
 */
export function findApi(env: NodeJS.ProcessEnv): ApiAddress {
  const { TWOWAY_URL: url, TWOWAY_TOKEN: token } = env;
  if (url !== undefined) return { url: urlIn(url), token: tokenIn(token) };
  const home = systemHome(localFolders().home);
  const port = readUpState(home)?.services['control-api']?.port;
  if (port === undefined) {
    throw new ApiError('NOT_RUNNING', 'No system runs on this machine.', {
      hint: 'Start one with npm start, or name another with TWOWAY_URL and TWOWAY_TOKEN.',
    });
  }
  return { url: `http://127.0.0.1:${port}`, token: token === undefined ? localToken(home) : tokenIn(token) };
}

function urlIn(text: string): string {
  if (/^https?:/.test(text) && URL.canParse(text)) return text.replace(/\/+$/, '');
  throw new ApiError('USAGE', `TWOWAY_URL is no address: ${JSON.stringify(text)}.`, {
    hint: 'Give the address of the control API, such as https://sync.example.com.',
  });
}

/** A token goes into a header: whatever else is in the variable was not meant. */
function tokenIn(text = ''): string {
  if (/^[\x21-\x7e][\x20-\x7e]*$/.test(text)) return text;
  throw new ApiError('USAGE', text === '' ? 'TWOWAY_TOKEN is not set.' : 'TWOWAY_TOKEN is no token.', {
    hint: 'Give the token with which you call the control API at TWOWAY_URL.',
  });
}

/** What to do about refusals that say nothing about it themselves. */
const HINTS: Readonly<Record<string, string>> = {
  UNAUTHORIZED:
    'Check TWOWAY_TOKEN; without it and without TWOWAY_URL, the system of this machine is asked as its admin.',
  NO_SUCH_TENANT: 'See: twoway tenants',
  INVALID_REQUEST: 'Correct what is named; --help says what the command takes.',
  NOT_FOUND: 'Check TWOWAY_URL: it is the address of the control API.',
};

const problem = z.object({ code: z.string(), title: z.string(), detail: z.string().optional() });

/**
 * Asks the control API something; gives the body of its answer.
 *
 * @param path below /v1
 * @throws ApiError with the code of the problem, NO_ANSWER, or NOT_UNDERSTOOD when it is no control API that answers
 */
export async function askApi(
  api: ApiAddress,
  method: 'GET' | 'PUT' | 'POST',
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await reach(api, method, path, body);
  const text = await response.text();
  const content = parse(text);
  if (response.ok && content !== undefined) return content;
  const said = problem.safeParse(content);
  if (!said.success) {
    throw new ApiError('NOT_UNDERSTOOD', `${api.url} answered ${response.status} with something else than expected.`, {
      hint: 'Check TWOWAY_URL: it is the address of the control API.',
    });
  }
  // It may quote what people typed, and is one line here.
  const { code, title, detail } = visible(said.data);
  const retriable = response.status === 503;
  const hint = detail ?? HINTS[code] ?? (retriable ? 'Try again in a moment.' : '');
  throw new ApiError(code, title, { hint, retriable });
}

/**
 * Orders something of a tenant's, and resolves when it is in force.
 *
 * @param path below the tenant: settings or requests
 * @throws ApiError as `askApi`, and NOT_IN_FORCE when it is noted and not decided in time
 */
export async function orderInForce(
  api: ApiAddress,
  method: 'PUT' | 'POST',
  tenantId: string,
  path: 'settings' | 'requests',
  body: object,
): Promise<void> {
  const answer = await askApi(api, method, `/tenants/${encodeURIComponent(tenantId)}/${path}`, body);
  const { status } = z.object({ status: z.string() }).parse(answer);
  if (status === 'accepted') return;
  throw new ApiError('NOT_IN_FORCE', `The order is ${status}.`, { hint: 'Look again in a moment.', retriable: true });
}

/**
 * A link that signs somebody in to the console: once, within a quarter of an hour.
 *
 * @throws ApiError as `askApi`
 */
export async function signInLink(api: ApiAddress): Promise<string> {
  const { path } = z.object({ path: z.string() }).parse(await askApi(api, 'POST', '/sign-in-links'));
  return api.url + path;
}

async function reach(api: ApiAddress, method: string, path: string, body?: object): Promise<Response> {
  try {
    return await fetch(`${api.url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${api.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomId() }),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new ApiError('NO_ANSWER', `${api.url} does not answer.`, {
      hint: 'Check that control-api runs there.',
      retriable: true,
      cause,
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
