/** Configuration of control-api beyond what every service has. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { envHttpUrl, envInt, envSecret } from '#runtime';

/** Tokens and waiting. */
export const controlApiConfig = z
  .object({
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
  .transform((env) => ({
    /**
     * Where notices of incidents of all tenants go, and what they are signed with. ALERT_WEBHOOK_URL and
     * ALERT_WEBHOOK_SECRET, default none: incidents are on the topic, in the log, in metrics and on the console.
     */
    alertWebhook:
      env.ALERT_WEBHOOK_URL === undefined || env.ALERT_WEBHOOK_SECRET === undefined
        ? undefined
        : { url: env.ALERT_WEBHOOK_URL, secret: env.ALERT_WEBHOOK_SECRET },
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
