/**
 * The tenants file: who is synced, with which credentials. Read whole, checked whole; every mistake is reported at once with
 * line, column and field, and no message shows a value.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { z } from 'zod';
import { closestTo } from './closest.ts';
import { type CommandAnswers, createCommandAnswers } from './command-output.ts';
import type { Env } from './config.ts';
import { RuntimeError } from './errors.ts';
import { deepFreeze } from './freeze.ts';
import { Secret } from './secret.ts';
import { keysAt, type Tenant, tenantsFileSchema } from './tenant-schema.ts';
import { TenantsFileError, type TenantsProblem } from './tenants-error.ts';
import {
  COMMANDS_MAX,
  type CommandReference,
  commandKey,
  type ReferenceOptions,
  resolveReferences,
} from './tenants-references.ts';
import { type ParsedYaml, type Path, parseYaml } from './tenants-yaml.ts';

/** A tenants file that was read. Frozen. */
export interface TenantsFile {
  /** In the order of the file. */
  readonly tenants: readonly Tenant[];
  /** Files that secrets were read from, absolute: a change there is a change here. */
  readonly secretFiles: readonly string[];
  /** Whether secrets came from commands: those may change without any file changing. */
  readonly hasCommands: boolean;
}

/** A larger file is refused, bytes: 100,000 tenants fit. */
export const TENANTS_FILE_BYTES_MAX = 64 * 1024 * 1024;
/** More mistakes than anybody reads at once. */
const PROBLEMS_MAX = 100;
/** Commands that run at the same time. */
const COMMANDS_AT_ONCE = 4;

/**
 * Reads and checks the file.
 * @param path where it is; paths inside are relative to its folder
 * @param env what `${NAME}` refers to
 * @param answers what commands printed that were run before. Default: all are run now
 * @throws TenantsFileError with every mistake; RuntimeError TENANTS_UNREADABLE when there is no such file
 */
export async function loadTenants(path: string, env: Env, answers = createCommandAnswers()): Promise<TenantsFile> {
  const text = readTenantsText(path);
  const yaml = parseYaml(text);
  const mayHaveCommands = !('problems' in yaml) && text.includes('command');
  const found = mayHaveCommands ? resolveReferences(yaml.value, { path, env }).commands : [];
  return checkTenants(yaml, { path, env, commands: await askAll(found, answers) });
}

/** Runs the commands, some at a time; what fails is a mistake at the place of the command. */
async function askAll(
  found: readonly CommandReference[],
  answers: CommandAnswers,
): Promise<Map<string, string | Error>> {
  const commands = [...new Map(found.map(({ command }) => [commandKey(command), command])).values()];
  const outputs = new Map<string, string | Error>();
  for (let first = 0; first < Math.min(commands.length, COMMANDS_MAX); first += COMMANDS_AT_ONCE) {
    await Promise.all(
      commands.slice(first, first + COMMANDS_AT_ONCE).map(async (command) => {
        const output = await answers.ask(command).catch((error: unknown) => error as Error);
        outputs.set(commandKey(command), output);
      }),
    );
  }
  return outputs;
}

function readTenantsText(path: string): string {
  try {
    const { size } = statSync(path);
    if (size <= TENANTS_FILE_BYTES_MAX) return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new RuntimeError('TENANTS_UNREADABLE', `The tenants file ${path} cannot be read (${code}).`, {
      hint: 'Check the path (--tenants, or TENANTS_FILE of a service) and the rights of the file.',
      cause: error,
    });
  }
  throw new RuntimeError('TENANTS_UNREADABLE', `The tenants file ${path} is too large.`, {
    hint: `Keep it under ${TENANTS_FILE_BYTES_MAX / 1024 / 1024} MB.`,
  });
}

/** As {@link loadTenants}, for text that was read and commands that were run already. */
export function parseTenants(text: string, options: ReferenceOptions): TenantsFile {
  return checkTenants(parseYaml(text), options);
}

function checkTenants(yaml: ReturnType<typeof parseYaml>, options: ReferenceOptions): TenantsFile {
  if ('problems' in yaml) throw new TenantsFileError(options.path, yaml.problems.slice(0, PROBLEMS_MAX));
  const { value, problems: unresolved, files, commands } = resolveReferences(yaml.value, options);
  const problems = unresolved.map(({ path, message }) => problem(yaml, path, message));
  const result = tenantsFileSchema.safeParse(value);
  // A field whose reference could not be resolved has been reported; that it is empty as well says nothing new.
  const reported = new Set(unresolved.map(({ path }) => fieldName(path)));
  for (const issue of result.error?.issues ?? []) {
    if (!reported.has(fieldName(issue.path))) problems.push(...problemsOf(yaml, issue));
  }
  problems.push(...duplicates(value).map(({ path, message }) => problem(yaml, path, message)));
  if (!result.success || problems.length > 0) {
    throw new TenantsFileError(options.path, problems.slice(0, PROBLEMS_MAX));
  }
  return deepFreeze({ tenants: result.data.tenants, secretFiles: [...files], hasCommands: commands.length > 0 });
}

function problem(yaml: ParsedYaml, path: Path, message: string): TenantsProblem {
  return { ...yaml.locate(path), field: fieldName(path), message };
}

/** `tenants[2].unleashed.apiKey` */
function fieldName(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

function problemsOf(yaml: ParsedYaml, issue: z.core.$ZodIssue): TenantsProblem[] {
  if (issue.code !== 'unrecognized_keys') return [problem(yaml, issue.path, issue.message)];
  const known = keysAt(issue.path);
  return issue.keys.map((key) => {
    const meant = closestTo(key, known);
    const hint = meant === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${meant}?`;
    return {
      ...yaml.locateKey(issue.path, key),
      field: fieldName([...issue.path, key]),
      message: `There is no such setting. ${hint}`,
    };
  });
}

/**
 * What only one tenant may have: its id, its workspace and its account. Two tenants on one account would write over each
 * other for ever. Looks at the plain value, so that a mistake elsewhere hides none of these.
 */
function duplicates(value: unknown): { path: Path; message: string }[] {
  const found: { path: Path; message: string }[] = [];
  const seen = new Map<string, number>();
  const tenants = field(value, 'tenants');
  if (!Array.isArray(tenants)) return found;
  for (const [index, tenant] of tenants.entries()) {
    const claims: [string, Path, readonly unknown[]][] = [
      ['id', ['id'], [field(tenant, 'id')]],
      ['CRM token', ['prospect', 'token'], texts(field(tenant, 'prospect'), 'baseUrl', 'token')],
      ['Unleashed account', ['unleashed', 'apiId'], texts(field(tenant, 'unleashed'), 'baseUrl', 'apiId')],
    ];
    for (const [what, path, parts] of claims) {
      if (parts.some((part) => typeof part !== 'string' || part === '')) continue;
      const claim = JSON.stringify([what, ...parts]);
      const first = seen.get(claim);
      if (first === undefined) seen.set(claim, index);
      else found.push({ path: ['tenants', index, ...path], message: `tenants[${first}] has the same ${what}.` });
    }
  }
  return found;
}

/** What only one tenant may have, as texts: of a whole tenant. They hold secrets: never show them. */
export function claimsOf({ prospect, unleashed }: Tenant): string[] {
  return [
    JSON.stringify(['CRM token', prospect.baseUrl, prospect.token.reveal()]),
    JSON.stringify(['Unleashed account', unleashed.baseUrl, unleashed.apiId]),
  ];
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function texts(section: unknown, ...keys: string[]): unknown[] {
  return keys.map((key) => field(section, key));
}

/** A digest of everything in a tenant, secrets included, to see whether it changed. */
export function tenantFingerprint(tenant: Tenant): string {
  // A replacer sees a Secret only after toJSON; `this[key]` is the value before.
  const text = JSON.stringify(tenant, function (this: Record<string, unknown>, key, value: unknown) {
    const before = this[key];
    return before instanceof Secret ? before.reveal() : value;
  });
  return createHash('sha256').update(text).digest('hex');
}
