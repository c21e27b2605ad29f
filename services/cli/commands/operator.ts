/** What people order and ask at a terminal: every command is one request of the control API. */
import { Argument, Command, Option } from 'commander';
import type { ConflictsAnswer, PreviewAnswer, RecordAnswer } from '../../control-api/read-model/answers.ts';
import { ApiError, askApi, findApi, signInLink } from '../control-client.ts';
import { sayAnswer } from '../operator/say-answer.ts';
import {
  showConflicts,
  showFailing,
  showOvernight,
  showPreview,
  showRecord,
  showRecords,
  showSettings,
} from '../operator/show.ts';
import { UsageError } from '../usage.ts';
import { tenantId, whole } from './arguments.ts';

interface Shown {
  readonly json?: boolean | undefined;
}

const SIDES = ['crm', 'unleashed'];
const ENTITIES = ['company', 'contact'];
const side = new Argument('<side>', 'the side that is written to').choices(SIDES);
const entity = new Argument('<entity>', 'what it is').choices(ENTITIES);

/** A command that asks and shows. */
function asking(name: string, description: string): Command {
  return new Command(name).description(description).option('--json', 'the answer of the control API as it is');
}

/** Asks, and writes the answer for people or for programs. */
async function show<T>(options: Shown, path: string, text: (answer: T) => string): Promise<void> {
  sayAnswer(options, (await askApi(findApi(process.env), 'GET', path)) as T, text);
}

/** Orders, and writes what became of it. */
async function order(options: Shown, method: 'PUT' | 'POST', path: string, body: object): Promise<void> {
  const answer = (await askApi(findApi(process.env), method, path, body)) as { status: string; detail?: string };
  sayAnswer(options, answer, ({ status, detail }) => (status === 'accepted' ? 'Done.' : (detail ?? status)));
}

const tenantPath = (tenant: string): string => `/tenants/${encodeURIComponent(tenant)}`;
const recordPath = (tenant: string, kind: string, id: string): string =>
  `${tenantPath(tenant)}/records/${kind}/${encodeURIComponent(id)}`;
const requests = (tenant: string): string => `${tenantPath(tenant)}/requests`;

/** `sign-in`: a link to the console. */
export function signInCommand(): Command {
  return asking('sign-in', 'a link that signs you in to the console, once').action(async ({ json }: Shown) => {
    const link = await signInLink(findApi(process.env));
    process.stdout.write(`${json === true ? JSON.stringify({ link }) : link}\n`);
  });
}

/** `settings`: shows them, or changes those that are named. */
export function settingsCommand(): Command {
  return asking('settings', "show a tenant's settings, or change them: settings acme enabled=true conflictPolicy=crm")
    .addArgument(tenantId)
    .argument(
      '[change...]',
      'name=value, names as they are shown without one; true, false and numbers are taken as such',
    )
    .action((tenant: string, changes: string[], options: Shown) =>
      changes.length === 0
        ? show(options, `${tenantPath(tenant)}/settings`, showSettings)
        : order(options, 'PUT', `${tenantPath(tenant)}/settings`, settingsOf(changes)),
    );
}

/** `preview`: what a change of settings would mean. */
export function previewCommand(): Command {
  return asking('preview', 'what a change of settings would mean: records, writes, calls; changes nothing')
    .addArgument(tenantId)
    .argument('[change...]', 'as for settings; none: as things are')
    .action(async (tenant: string, changes: string[], options: Shown) => {
      const path = `${tenantPath(tenant)}/settings/preview`;
      const answer = (await askApi(findApi(process.env), 'POST', path, settingsOf(changes))) as PreviewAnswer;
      sayAnswer(options, answer, showPreview);
    });
}

/** Settings of single fields are named in full: alignmentPolicies.company.phone=crm. */
function settingsOf(changes: readonly string[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, value] of changes.map(settingOf)) {
    const [map = '', ...field] = name.split('.');
    body[map] = field.length === 0 ? value : { ...(body[map] as object | undefined), [field.join('.')]: value };
  }
  return body;
}

function settingOf(text: string): [string, unknown] {
  const [name = '', ...rest] = text.split('=');
  if (name !== '' && rest.length > 0) return [name, parsed(rest.join('='))];
  throw new UsageError(`${JSON.stringify(text)} is no change.`, 'Write name=value, such as enabled=true.');
}

function parsed(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** `records`: to find one, or all that stand in a certain way. */
export function recordsCommand(): Command {
  return asking('records', 'companies and contacts with their ids, by name or by how they stand')
    .addArgument(tenantId)
    .argument('[word...]', 'parts of a name, a code or an e-mail address')
    .addOption(new Option('--entity <entity>', 'only these').choices(['company', 'contact']))
    .option('--state <state>', 'only those that stand like this, such as stopped')
    .option('--reason <code>', 'only those with this reason code')
    .option('--limit <n>', 'how many, at most 200', whole, 50)
    .action((tenant: string, words: string[], { json, ...filter }: Shown & RecordsOptions) => {
      const search = words.length === 0 ? {} : { search: words.join(' ') };
      const query = new URLSearchParams({ ...filter, ...search, limit: `${filter.limit}` });
      return show({ json }, `${tenantPath(tenant)}/records?${query}`, showRecords);
    });
}

interface RecordsOptions {
  readonly entity?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly limit: number;
}

/** `explain`: why a record and each of its fields is as it is. */
export function explainCommand(): Command {
  return asking('explain', 'why a record and each of its fields is as it is')
    .addArgument(tenantId)
    .addArgument(entity)
    .argument('<id>', 'u:GUID, or c: and the id in the CRM, as records shows it')
    .action((tenant: string, kind: string, id: string, options: Shown) =>
      show(options, recordPath(tenant, kind, id), showRecord),
    );
}

/** `sync-contact`: the button. */
export function syncContactCommand(): Command {
  return asking('sync-contact', 'make a contact of the CRM in Unleashed')
    .addArgument(tenantId)
    .argument('<id>', 'id of the contact in the CRM')
    .action((tenant: string, recordId: string, options: Shown) =>
      order(options, 'POST', requests(tenant), { kind: 'sync-contact', recordId }),
    );
}

/** `use-existing`: a contact of the CRM and one of Unleashed are the same human being. */
export function useExistingCommand(): Command {
  return asking('use-existing', 'join a contact of the CRM and one that is in Unleashed already')
    .addArgument(tenantId)
    .argument('<id>', 'id of the contact in the CRM')
    .argument('<guid>', 'GUID of the contact in Unleashed')
    .action((tenant: string, recordId: string, targetId: string, options: Shown) =>
      order(options, 'POST', requests(tenant), { kind: 'use-existing', recordId, targetId }),
    );
}

/** `make-in-crm`: a contact of Unleashed is none of those that look like it. */
export function makeInCrmCommand(): Command {
  return asking('make-in-crm', 'make a contact of Unleashed in the CRM although others there look like it')
    .addArgument(tenantId)
    .argument('<guid>', 'GUID of the contact in Unleashed')
    .action((tenant: string, recordId: string, options: Shown) =>
      order(options, 'POST', requests(tenant), { kind: 'make-in-crm', recordId }),
    );
}

/** `overnight`: the plan and the last report of the overnight fix. */
export function overnightCommand(): Command {
  return asking('overnight', 'what the overnight fix of account managers would do now, and what it did the last time')
    .addArgument(tenantId)
    .action((tenant: string, options: Shown) => show(options, `${tenantPath(tenant)}/overnight`, showOvernight));
}

/** `conflicts`: fields that both sides changed. */
export function conflictsCommand(): Command {
  return asking('conflicts', 'fields that both sides changed, youngest first')
    .addArgument(tenantId)
    .option('--open', 'only those that wait for an answer')
    .action((tenant: string, options: Shown & { open?: boolean }) =>
      show(options, `${tenantPath(tenant)}/conflicts${options.open === true ? '?open=true' : ''}`, showConflicts),
    );
}

/** `restore`: the value that lost comes back. */
export function restoreCommand(): Command {
  return asking('restore', 'bring back the value that lost a conflict')
    .addArgument(tenantId)
    .argument('<conflict>', 'its id, as conflicts shows it')
    .action(async (tenant: string, conflictId: string, options: Shown) => {
      const conflict = await findConflict(tenant, conflictId);
      const { entity: kind, id, field, winner } = conflict;
      const loser = winner === 'crm' ? 'unleashed' : 'crm';
      const record = (await askApi(findApi(process.env), 'GET', recordPath(tenant, kind, id))) as RecordAnswer;
      await order(options, 'POST', requests(tenant), {
        ...{ kind: 'restore', side: loser, entity: kind, field },
        recordId: loser === 'crm' ? record.crmId : record.unleashedId,
        value: loser === 'crm' ? conflict.crmValue : conflict.unleashedValue,
      });
    });
}

async function findConflict(tenant: string, conflictId: string): Promise<ConflictsAnswer['conflicts'][number]> {
  let cursor = '';
  for (;;) {
    const path = `${tenantPath(tenant)}/conflicts?limit=200${cursor}`;
    const page = (await askApi(findApi(process.env), 'GET', path)) as ConflictsAnswer;
    const found = page.conflicts.find((one) => one.conflictId === conflictId);
    if (found !== undefined) return found;
    if (page.next === null) break;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
  throw new ApiError('NOT_FOUND', `There is no conflict ${conflictId}.`, { hint: `See: twoway conflicts ${tenant}` });
}

/** `failing`: what needs somebody, by reason. */
export function failingCommand(): Command {
  return asking('failing', 'what fails, by reason, with what to do')
    .addArgument(tenantId)
    .action((tenant: string, options: Shown) => show(options, `${tenantPath(tenant)}/failing`, showFailing));
}

/** `retry`: tries a record again now. */
export function retryCommand(): Command {
  return asking('retry', 'try again now what failed for a record')
    .addArgument(tenantId)
    .addArgument(side)
    .addArgument(entity)
    .argument('<id>', 'id of the record at that side')
    .action((tenant: string, at: string, kind: string, recordId: string, options: Shown) =>
      order(options, 'POST', requests(tenant), { kind: 'retry', side: at, entity: kind, recordId }),
    );
}

interface Paused extends Shown {
  readonly reason?: string;
}

/** `pause` and `resume`: writing to a side, a kind of record, or one record; both sides: `tenants pause`. */
export function laneCommand(name: 'pause' | 'resume'): Command {
  const command = asking(name, `${name} writing to a side, writing a kind of record, or the sync of one record`)
    .addArgument(tenantId)
    .addArgument(new Argument('<what>', 'the side, or the kind of record').choices([...SIDES, ...ENTITIES]))
    .addArgument(new Argument('[entity]', 'after a side, with an id: only this record').choices(ENTITIES))
    .argument('[id]', 'id of the record at that side')
    .action((tenant: string, what: string, kind: string | undefined, recordId: string | undefined, options: Paused) =>
      order(options, 'POST', requests(tenant), {
        ...{ kind: name, [ENTITIES.includes(what) ? 'entity' : 'side']: what },
        ...(kind === undefined ? {} : { entity: kind }),
        ...(recordId === undefined ? {} : { recordId }),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      }),
    );
  return name === 'resume' ? command : command.option('--reason <text>', 'why, of a side or a kind of record');
}
