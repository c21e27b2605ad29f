/** `tenants`: who is synced; adding, changing, pausing and removing them, and a new key for their credentials. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { localFolders } from '#local-stack';
import { createStoreReader, createTenantStore, loadConfig, loadTenants, type Tenant, tenantsConfig } from '#runtime';
import type {
  ConfigurationsAnswer,
  ConfigurationView,
  StoredAnswer,
  TenantFindings,
} from '../../control-api/tenants/bodies.ts';
import type { TenantView } from '../../control-api/view-schemas.ts';
import { askApi, findApi } from '../control-client.ts';
import { sayAnswer } from '../operator/say-answer.ts';
import { showTenants } from '../operator/show.ts';
import { bodyOf, changesOf } from '../operator/tenant-body.ts';
import { showFindings } from '../operator/tenant-findings.ts';
import { readUpState, systemHome } from '../supervisor/home.ts';
import { plainTable } from '../table.ts';
import { UsageError } from '../usage.ts';
import { tenantId } from './arguments.ts';

interface Shown {
  readonly json?: boolean;
}

const JSON_OPTION = ['--json', 'the answer as JSON'] as const;
const pathOf = (id: string): string => `/tenants/${encodeURIComponent(id)}`;
const say = ({ json }: Shown, answer: unknown, text: string): void =>
  void process.stdout.write(`${json === true ? JSON.stringify(answer) : text}\n`);

/** The command with all that is under it. */
export function tenantsCommand(): Command {
  const tenants = new Command('tenants').description(
    'who is synced: list, show, add, change, check, pause, resume, remove, rotate-key',
  );
  const add = (name: string, description: string): Command =>
    tenants
      .command(name)
      .description(description)
      .option(...JSON_OPTION);
  tenants.addCommand(
    new Command('list')
      .description('tenants, whether sync is on, and what holds writing up')
      .option(...JSON_OPTION)
      .allowExcessArguments()
      .action((options: Shown, { args: [word] }: Command) => {
        // It is what runs when no other command is named, so that it is also given the words that name none.
        if (word !== undefined)
          throw new UsageError(`There is no command tenants ${word}.`, 'See: twoway tenants --help');
        return list(options);
      }),
    { isDefault: true },
  );
  add('show', 'how a tenant is configured, who changed what; credentials are never shown')
    .addArgument(tenantId)
    .action(show);
  add('add', 'add a tenant of a file that looks like the tenants file; its credentials are tried first, read-only')
    .argument('<file>', 'as the tenants file: secrets from the environment, from files or from commands')
    .option('--tenant <id>', 'which of the file (default: its only one)')
    .option('--despite-problems', 'store it although something does not work yet')
    .action(addTenant);
  add('change', 'change a tenant: change acme name="Acme Ltd" prospect.token=file:secrets/new-token')
    .addArgument(tenantId)
    .argument(
      '<change...>',
      'name=value; a secret from a file (name=file:path) or a variable, as in the tenants file; null takes away',
    )
    .option('--despite-problems', 'store it although something does not work yet')
    .action(change);
  add('check', "try a tenant's credentials, read-only").addArgument(tenantId).action(checkTenant);
  for (const kind of ['pause', 'resume'] as const) {
    add(kind, `${kind} writing to both sides`)
      .addArgument(tenantId)
      .action((id: string, shown: Shown) => lanes(kind, id, shown));
  }
  add('remove', 'remove a tenant: nothing is read or written for it any more, and nothing is deleted in either system')
    .addArgument(tenantId)
    .requiredOption('--confirm <tenant>', 'its id once more')
    .action(remove);
  add(
    'rotate-key',
    'encrypt all stored credentials with the first of the keys; TENANTS_STORE_DIR and TWOWAY_KEY… as for services',
  ).action(rotateKey);
  return tenants;
}

async function list(options: Shown): Promise<void> {
  const api = findApi(process.env);
  const answer = (await askApi(api, 'GET', '/tenants')) as { tenants: TenantView[] };
  const { configurations } = (await askApi(api, 'GET', '/tenant-configurations')) as ConfigurationsAnswer;
  sayAnswer(options, { ...answer, configurations }, (seen) => {
    const others = seen.configurations.filter(({ standing }) => standing !== 'in-force');
    const rows = others.map(({ tenantId, name, standing, trouble }) => [tenantId, name, standing, trouble]);
    const more = rows.length === 0 ? '' : `\n\n${plainTable(rows, ['not in force', 'name', 'state', 'what to do'])}`;
    return showTenants(seen) + more;
  });
}

async function configurationOf(id: string): Promise<ConfigurationView> {
  return (await askApi(findApi(process.env), 'GET', `${pathOf(id)}/configuration`)) as ConfigurationView;
}

async function show(id: string, options: Shown): Promise<void> {
  sayAnswer(options, await configurationOf(id), configurationText);
}

function configurationText({ prospect, unleashed, credentials, history, ...rest }: ConfigurationView): string {
  const rows = Object.entries({
    ...rest,
    ...prefixed('prospect', prospect),
    ...prefixed('unleashed', unleashed),
    credentials: credentials.join(', '),
  })
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  const changes = history.map(({ at, by, what, fields }) => [at, by, what, fields.join(', ')]);
  const more = changes.length === 0 ? '' : `\n\n${plainTable(changes, ['when', 'who', 'what', 'fields'])}`;
  return plainTable(rows) + more;
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}

interface Insist extends Shown {
  readonly despiteProblems?: boolean;
}

async function addTenant(file: string, options: Insist & { tenant?: string }): Promise<void> {
  const { tenants } = await loadTenants(resolve(file), process.env);
  const tenant = chosen(tenants, options.tenant, file);
  const body = { tenant: bodyOf(tenant), despiteProblems: options.despiteProblems === true };
  await stored(options, 'POST', '/tenants', body, `${tenant.name} is stored; its credentials are encrypted.`);
}

function chosen(tenants: readonly Tenant[], id: string | undefined, file: string): Tenant {
  const found = id === undefined ? tenants : tenants.filter((tenant) => tenant.id === id);
  const [tenant] = found;
  if (tenant !== undefined && found.length === 1) return tenant;
  throw new UsageError(
    id === undefined ? `${file} has ${tenants.length} tenants.` : `There is no tenant ${id} in ${file}.`,
    `Name one with --tenant: ${tenants.map((one) => one.id).join(', ')}.`,
  );
}

async function change(id: string, changes: string[], options: Insist): Promise<void> {
  const { revision } = await configurationOf(id);
  const body = {
    tenant: changesOf(changes, process.env),
    seenRevision: revision ?? 1,
    despiteProblems: options.despiteProblems === true,
  };
  await stored(options, 'PUT', `${pathOf(id)}/configuration`, body, 'Stored.');
}

async function remove(id: string, options: Shown & { confirm: string }): Promise<void> {
  const { revision } = await configurationOf(id);
  const body = { confirm: options.confirm, seenRevision: revision ?? 1 };
  const text = 'Removed. Nothing was deleted in either system; history stays on the topics as long as they keep it.';
  await stored(options, 'POST', `${pathOf(id)}/removal`, body, text);
}

async function stored(options: Shown, method: 'POST' | 'PUT', path: string, body: object, text: string): Promise<void> {
  const answer = (await askApi(findApi(process.env), method, path, body)) as StoredAnswer;
  const late = answer.status === 'pending' ? ' Not every service knows of it yet.' : '';
  say(options, answer, [showFindings(answer.findings), text + late].filter((part) => part !== '').join('\n'));
}

async function checkTenant(id: string, options: Shown): Promise<void> {
  const answer = (await askApi(findApi(process.env), 'POST', `${pathOf(id)}/check`, {})) as TenantFindings;
  say(options, answer, showFindings(answer.findings));
  if (answer.findings.some(({ level }) => level === 'problem')) process.exitCode = 1;
}

async function lanes(kind: 'pause' | 'resume', id: string, options: Shown): Promise<void> {
  const answers: unknown[] = [];
  for (const side of ['crm', 'unleashed']) {
    answers.push(await askApi(findApi(process.env), 'POST', `${pathOf(id)}/requests`, { kind, side }));
  }
  say(options, answers, 'Done.');
}

/** Works on the folder itself: whoever has the keys need not be an admin of the control API. */
async function rotateKey(options: Shown): Promise<void> {
  const running = readUpState(systemHome(localFolders().home))?.services['control-api']?.env;
  const { tenants } = loadConfig({ tenants: tenantsConfig }, { TENANTS_FILE: '-', ...running, ...process.env });
  if (tenants.store === undefined) {
    throw new UsageError('There is no store of tenants.', 'Set TENANTS_STORE_DIR, as for the services.');
  }
  const store = createTenantStore(tenants.store.folder, createStoreReader(tenants.store));
  const report = await store.rotate({ by: 'rotate-key', atMs: Date.now(), fields: [] });
  const failed = report.failed.map(({ id, message }) => `\n  ${id}: ${message}`).join('');
  say(
    options,
    report,
    `${report.changed.length} encrypted anew with key ${report.keyId}, ${report.unchanged} had it already.${failed}`,
  );
  if (report.failed.length > 0) process.exitCode = 1;
}
