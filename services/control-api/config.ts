/** Configuration of control-api beyond what every service has. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { envHttpUrl, envInt, envSecret, isLoopback, type Secret } from '#runtime';
import type { OidcOptions } from './authority/oidc.ts';
import type { OidcSignInOptions } from './authority/oidc-sign-in.ts';
import { CALLBACK_PATH } from './sign-in-routes.ts';
import { CLEAR_MS, HOLD_MS, RETRY_MS } from './watch/incidents.ts';

/** Signature algorithms of an identity provider: such with a public key, so that nobody who can check can also sign. */
const PUBLIC_KEY_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const SESSION_KEY_CHARS_MIN = 32;

/** Texts separated by commas. */
const envList = () =>
  z.string().transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  );

/** Tokens and waiting. */
export const controlApiConfig = z
  .object({
    CONTROL_API_SESSION_KEY: envSecret()
      .refine(
        (key) => key.reveal().length >= SESSION_KEY_CHARS_MIN,
        `Give ${SESSION_KEY_CHARS_MIN} characters or more.`,
      )
      .optional(),
    OIDC_ISSUER: z.string().min(1).optional(),
    OIDC_AUDIENCE: z.string().min(1).optional(),
    OIDC_JWKS_URL: envHttpUrl('https://login.example.com/keys').optional(),
    OIDC_ALGORITHMS: envList()
      .refine((list) => list.length > 0 && list.every((one) => PUBLIC_KEY_ALGORITHMS.includes(one)), {
        error: `Give some of ${PUBLIC_KEY_ALGORITHMS.join(', ')}, separated by commas.`,
      })
      .default(['RS256', 'PS256', 'ES256', 'EdDSA']),
    OIDC_CLOCK_TOLERANCE_S: envInt({ min: 0, max: 300, unit: 's' }).default(30),
    OIDC_SUBJECT_CLAIM: z.string().min(1).default('sub'),
    OIDC_ROLE_CLAIM: z.string().min(1).default('role'),
    OIDC_TENANTS_CLAIM: z.string().min(1).default('tenants'),
    OIDC_CLIENT_ID: z.string().min(1).max(500).optional(),
    OIDC_CLIENT_SECRET: envSecret().optional(),
    OIDC_NAME: z.string().min(1).max(60).optional(),
    OIDC_SCOPES: z
      .string()
      .transform((text) => text.split(/[ ,]+/).filter((one) => one !== ''))
      .refine((list) => list.includes('openid'), 'Give scopes separated by spaces, openid among them.')
      .default(['openid', 'profile', 'email']),
    CONSOLE_URL: z
      .string()
      .refine((text) => isOrigin(text) && isPrivate(text), {
        error: 'Give the address of the console without a path: https://sync.example.com (http on this machine only).',
      })
      .optional(),
    EMBED_ORIGINS: envList()
      .refine((list) => list.every(isOrigin), {
        error: 'Give origins such as https://crm.example.com, separated by commas.',
      })
      .default([]),
    CONTROL_API_TOKEN: envSecret().optional(),
    CONTROL_API_TOKENS_FILE: z.string().optional(),
    READ_MODEL_DIR: z.string().optional(),
    CONSOLE_DIR: z.string().optional(),
    REQUESTS_PER_MINUTE: envInt({ min: 1, max: 1_000_000 }).default(6_000),
    STRANGERS_PER_MINUTE: envInt({ min: 1, max: 1_000_000 }).default(60),
    ALERT_WEBHOOK_URL: envHttpUrl('https://alerts.example.com/twoway').optional(),
    ALERT_WEBHOOK_SECRET: envSecret().optional(),
    ALERT_FAILING_SECONDS: envInt({ min: 0, max: 86_400, unit: 's' }).default(HOLD_MS.failing / 1_000),
    ALERT_CLEAR_SECONDS: envInt({ min: 0, max: 86_400, unit: 's' }).default(CLEAR_MS / 1_000),
    ALERT_RETRY_SECONDS: envInt({ min: 1, max: 3_600, unit: 's' }).default(RETRY_MS / 1_000),
    WATCH_MS: envInt({ min: 100, max: 600_000, unit: 'ms' }).default(5_000),
    CONTROL_API_ANSWER_MS: envInt({ min: 100, max: 25_000, unit: 'ms' }).default(10_000),
  })
  .refine((env) => (env.ALERT_WEBHOOK_URL === undefined) === (env.ALERT_WEBHOOK_SECRET === undefined), {
    message: 'Give ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET together.',
  })
  .transform((env, context) => ({
    /**
     * Where notices of incidents of all tenants go, and what they are signed with. ALERT_WEBHOOK_URL and
     * ALERT_WEBHOOK_SECRET, default none: incidents are on the topic, in the log, in metrics and on the console.
     */
    alertWebhook:
      env.ALERT_WEBHOOK_URL === undefined || env.ALERT_WEBHOOK_SECRET === undefined
        ? undefined
        : { url: env.ALERT_WEBHOOK_URL, secret: env.ALERT_WEBHOOK_SECRET },
    /** Signs sessions and panels; the same for every instance. CONTROL_API_SESSION_KEY, default one of this process's own. */
    sessionKey: env.CONTROL_API_SESSION_KEY,
    /** Whose tokens are taken beside our own. OIDC_ISSUER and so on; null without. */
    oidc: oidcOf(env, context),
    /** How people sign in with that provider. OIDC_CLIENT_ID, CONSOLE_URL and so on; null without. */
    signIn: signInOf(env, context),
    /** Origins of pages that may show the panel of a contact in a frame. EMBED_ORIGINS, default none. */
    embedOrigins: env.EMBED_ORIGINS,
    /** One token with the role admin for all tenants. CONTROL_API_TOKEN, default none. */
    token: env.CONTROL_API_TOKEN,
    /** YAML or JSON file of tokens, see `auth.ts`. CONTROL_API_TOKENS_FILE, default none. */
    tokensFile: env.CONTROL_API_TOKENS_FILE === undefined ? undefined : resolve(env.CONTROL_API_TOKENS_FILE),
    /**
     * Folder of the read model, for this instance alone; may be deleted at any time. READ_MODEL_DIR; without it a folder
     * for temporary files, and everything is read anew after a restart.
     */
    readModelFolder: env.READ_MODEL_DIR === undefined ? undefined : resolve(env.READ_MODEL_DIR),
    /** Folder of the built console. CONSOLE_DIR; without it there are no pages. */
    consoleFolder: env.CONSOLE_DIR === undefined ? undefined : resolve(env.CONSOLE_DIR),
    /**
     * Requests in a minute for each subject of a token (REQUESTS_PER_MINUTE, default 6,000), and for each address from which
     * they come without a valid one (STRANGERS_PER_MINUTE, default 60).
     */
    limits: { perSubject: env.REQUESTS_PER_MINUTE, perStranger: env.STRANGERS_PER_MINUTE },
    /**
     * Times of incidents: how long records have to fail before there is one (ALERT_FAILING_SECONDS, default 600), how long a rule
     * has not to apply before it is over (ALERT_CLEAR_SECONDS, default 120), and the wait after a notice that was not taken,
     * doubled with each (ALERT_RETRY_SECONDS, default 60).
     */
    alertTimes: {
      holdMs: { ...HOLD_MS, failing: env.ALERT_FAILING_SECONDS * 1_000 },
      clearMs: env.ALERT_CLEAR_SECONDS * 1_000,
      retryMs: env.ALERT_RETRY_SECONDS * 1_000,
    },
    /** Time between looks at the freshness and alerts of tenants, milliseconds. WATCH_MS, default 5,000. */
    watchMs: env.WATCH_MS,
    /** How long a change may wait for its result before 202 is answered, milliseconds. CONTROL_API_ANSWER_MS, default 10,000. */
    answerTimeoutMs: env.CONTROL_API_ANSWER_MS,
  }));

/** Configuration of control-api. */
export type ControlApiConfig = z.output<typeof controlApiConfig>;

interface OidcEnv {
  readonly OIDC_ISSUER?: string | undefined;
  readonly OIDC_AUDIENCE?: string | undefined;
  readonly OIDC_JWKS_URL?: string | undefined;
  readonly OIDC_ALGORITHMS: readonly string[];
  readonly OIDC_CLOCK_TOLERANCE_S: number;
  readonly OIDC_SUBJECT_CLAIM: string;
  readonly OIDC_ROLE_CLAIM: string;
  readonly OIDC_TENANTS_CLAIM: string;
}

/** The identity provider. All three of its variables or none: two of them would let the wrong tokens in. */
function oidcOf(env: OidcEnv, context: z.RefinementCtx): OidcOptions | null {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_JWKS_URL: jwksUrl } = env;
  if (issuer === undefined && audience === undefined && jwksUrl === undefined) return null;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) {
    const message = 'OIDC_ISSUER, OIDC_AUDIENCE and OIDC_JWKS_URL go together.';
    context.addIssue({ code: 'custom', path: ['OIDC_ISSUER'], message });
    return null;
  }
  return {
    ...{ issuer, audience, jwksUrl, algorithms: env.OIDC_ALGORITHMS, clockToleranceS: env.OIDC_CLOCK_TOLERANCE_S },
    claims: { subject: env.OIDC_SUBJECT_CLAIM, role: env.OIDC_ROLE_CLAIM, tenants: env.OIDC_TENANTS_CLAIM },
  };
}

interface SignInEnv {
  readonly OIDC_ISSUER?: string | undefined;
  readonly OIDC_CLOCK_TOLERANCE_S: number;
  readonly OIDC_CLIENT_ID?: string | undefined;
  readonly OIDC_CLIENT_SECRET?: Secret | undefined;
  readonly OIDC_NAME?: string | undefined;
  readonly OIDC_SCOPES: readonly string[];
  readonly CONSOLE_URL?: string | undefined;
}

/** This service as a client of the provider. What is set without what it needs is told, and not passed over. */
function signInOf(env: SignInEnv, context: z.RefinementCtx): OidcSignInOptions | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, CONSOLE_URL: consoleUrl } = env;
  const problem = (variable: string, message: string): null => {
    context.addIssue({ code: 'custom', path: [variable], message });
    return null;
  };
  if (clientId === undefined) {
    const alone = (['OIDC_CLIENT_SECRET', 'OIDC_NAME', 'CONSOLE_URL'] as const).find((one) => env[one] !== undefined);
    return alone === undefined
      ? null
      : problem(alone, 'has no effect without OIDC_CLIENT_ID: set that too, or remove it.');
  }
  if (issuer === undefined) return problem('OIDC_CLIENT_ID', 'needs OIDC_ISSUER, OIDC_AUDIENCE and OIDC_JWKS_URL.');
  if (consoleUrl === undefined) {
    return problem(
      'CONSOLE_URL',
      'is not set. With OIDC_CLIENT_ID, give the address of the console: https://sync.example.com.',
    );
  }
  if (!isPrivate(issuer)) {
    return problem('OIDC_ISSUER', 'must be an https address for OIDC_CLIENT_ID (http on this machine only).');
  }
  return {
    ...{ issuer, clientId, clientSecret: env.OIDC_CLIENT_SECRET, scopes: env.OIDC_SCOPES },
    ...{ name: env.OIDC_NAME ?? new URL(issuer).hostname, redirectUri: `${consoleUrl}${CALLBACK_PATH}` },
    clockToleranceS: env.OIDC_CLOCK_TOLERANCE_S,
  };
}

/** Does nobody read along: TLS, or this machine? */
function isPrivate(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(hostOf(url)));
}

/** The host of an address as a socket has it. */
function hostOf({ hostname }: URL): string {
  return hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '');
}

/** Is this `https://crm.example.com`, without anything behind it? */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.origin === text;
}
