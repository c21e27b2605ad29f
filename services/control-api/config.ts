/** Configuration of control-api beyond what every service has. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { envHttpUrl, envInt, envSecret } from '#runtime';
import type { OidcOptions } from './authority/oidc.ts';

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
    /** Time between looks at the freshness and alerts of tenants, milliseconds. WATCH_MS, default 5,000. */
    watchMs: env.WATCH_MS,
    /** How long a change may wait for its result before 202 is answered, milliseconds. CONTROL_API_ANSWER_MS, default 10,000. */
    answerTimeoutMs: env.CONTROL_API_ANSWER_MS,
  }));

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

/** Is this `https://crm.example.com`, without anything behind it? */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.origin === text;
}
