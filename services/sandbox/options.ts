/** Settings of the sandbox's process, from the environment. */
import { z } from 'zod';
import { envHttpUrl, envInt, envSecret } from '#runtime';

/** Piece of configuration for `loadConfig`. */
export const sandboxConfig = z
  .object({
    /** Folder in which records survive a restart. Not set: nothing survives. */
    SANDBOX_DATA_DIR: z.string().optional(),
    /** Seed of the made-up data and of chance. Default `two-way`. */
    SANDBOX_SEED: z.string().max(100).default('two-way'),
    /** How many made-up tenants `tenant-001`… instead of the three lifelike ones; 0: the three. Default 0. */
    SANDBOX_TENANTS: envInt({ min: 0, max: 1000 }).default(0),
    /** Companies in each of those tenants. Default 50. */
    SANDBOX_COMPANIES: envInt({ min: 1, max: 100_000 }).default(50),
    /** Where the CRM's change events go: `<this>/hooks/crm/{tenantId}`. Not set: none are sent. */
    CRM_HOOK_BASE_URL: envHttpUrl('http://127.0.0.1:4101').optional(),
    /** Where a ready-made Unleashed webhook subscription goes: `<this>/hooks/unleashed/{tenantId}`. Not set: none is made. */
    UNLEASHED_HOOK_BASE_URL: envHttpUrl('http://127.0.0.1:4102').optional(),
    /** The sync's API, whose panel the CRM's contact pages show. Not set: they show none. */
    PANEL_BASE_URL: envHttpUrl('http://127.0.0.1:4701').optional(),
    /** A program's token there, which may make tokens for panels. */
    PANEL_TOKEN: envSecret().optional(),
  })
  .transform((env) => ({
    dataDir: env.SANDBOX_DATA_DIR,
    seed: env.SANDBOX_SEED,
    tenants: env.SANDBOX_TENANTS,
    companies: env.SANDBOX_COMPANIES,
    crmHookBaseUrl: env.CRM_HOOK_BASE_URL,
    unleashedHookBaseUrl: env.UNLEASHED_HOOK_BASE_URL,
    panel:
      env.PANEL_BASE_URL === undefined || env.PANEL_TOKEN === undefined
        ? undefined
        : { baseUrl: env.PANEL_BASE_URL, token: env.PANEL_TOKEN },
  }));

/** Settings of a sandbox. */
export type SandboxOptions = z.output<typeof sandboxConfig>;
