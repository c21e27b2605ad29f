/** One walk for each command: what is typed, and what comes of it, in words and as JSON. In the order in which they are walked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import {
  conflictsAnswer,
  failingAnswer,
  overnightAnswer,
  previewAnswer,
  recordAnswer,
  recordsAnswer,
} from '../../../services/control-api/read-model/answers.ts';
import { driftAnswer, driftDifferencesAnswer } from '../../../services/control-api/read-model/drift-answers.ts';
import { planAnswer } from '../../../services/control-api/read-model/plan-answers.ts';
import {
  checkAnswer,
  configurationAnswer,
  configurationsAnswer,
  storedAnswer,
} from '../../../services/control-api/tenants/bodies.ts';
import { carriedOut, settingsAnswer, tenantsAnswer } from '../../../services/control-api/view-schemas.ts';
import type { Here } from './here.ts';

/** What was answered as JSON before, by the command that answered. */
export type Seen = Record<string, unknown>;

/** A command typed once. Either in words, or as JSON (`--json` is added), or refused. */
export interface Run {
  readonly words: (here: Here, seen: Seen) => readonly string[] | Promise<readonly string[]>;
  /** What it writes for people: to standard output, or where it fails to standard error. */
  readonly text?: RegExp;
  /** Its document, or with `lines` each of its lines. */
  readonly json?: z.ZodType;
  readonly lines?: boolean;
  /** Exit code. Default 0. */
  readonly code?: number;
  /** Code of the error that it ends with. */
  readonly error?: string;
  /** Whether it is told servers by its environment, as in a deployment. */
  readonly servers?: boolean;
}

/** All runs of a command, one after the other or those of a list at the same time, and what it needs: a tenant of the control API, the control API, or topics. */
export interface Walk {
  readonly runs: readonly (Run | readonly Run[])[];
  readonly needs?: 'tenant' | 'api' | 'topics';
  /** What has to follow it, after the tenant where one is needed, so that it asks at all. Default: nothing. */
  readonly least?: readonly string[];
}

type Words = Run['words'];

/** The same words for programs and then for people. */
const both = (words: Words, text: RegExp, json: z.ZodType, more: Partial<Run> = {}): Run[] => [
  { words, json, ...more },
  { words, text, ...more },
];
/** The same words for people and for programs, at the same time: they change nothing. */
const asked = (words: Words, text: RegExp, json: z.ZodType, more: Partial<Run> = {}): Run[][] => [
  both(words, text, json, more),
];
const refused = (words: Words, error: string, text: RegExp): Run[] => [
  { words, error, code: 1 },
  { words, text, code: 1 },
];
/** The tenant first, then these. */
const of =
  (...words: readonly string[]): Words =>
  ({ tenant }) => [tenant, ...words];
const plain =
  (...words: readonly string[]): Words =>
  () =>
    words;

const NEW = 'walked-in';
const NOBODY = '3d6c4e18-a05b-4c2f-9d1e-7a34b7e4a9f2';
const seenAs = <T>(seen: Seen, name: string): T => seen[name] as T;

/** A file with a tenant whose credentials nobody knows. */
const newTenant: Words = ({ home, services }) => {
  const file = join(home, 'new.yaml');
  const tenant = {
    ...{ id: NEW, name: 'Walked In Ltd', timeZone: 'Europe/London' },
    prospect: {
      ...{ baseUrl: `${services.sandbox}/crm`, token: 'a-token-of-nobody-0123456789' },
      webhookSecret: 'a-secret-of-nobody-0123456789',
    },
    unleashed: {
      ...{ baseUrl: `${services.sandbox}/unleashed`, apiId: 'an-id-of-nobody', apiKey: 'a-key-of-nobody-0123456789' },
      ...{ monthlyCalls: 20_000, pollSeconds: 300 },
    },
    sync: { enabled: false },
  };
  writeFileSync(file, stringify({ tenants: [tenant] }));
  return [file];
};
const insisting =
  (words: Words): Words =>
  async (here, seen) => [...(await words(here, seen)), '--despite-problems'];

/** A contact of the CRM that is nowhere else. */
const newContact: Words = async ({ tenant, sandbox, company, record }) => {
  const { crmId } = await company();
  const fields = { DivisionId: Number(crmId), Forename: 'Walter', Surname: 'Walked', Email: 'walter@walked.example' };
  const { Id } = await sandbox.create(tenant, 'crm', 'contacts', fields);
  await record('contact', `c:${Id}`, 'not-in-unleashed');
  return [tenant, Id];
};

/** Two contacts of the CRM and one of Unleashed with the same name: which it is, is a question. */
async function lookalikes({ tenant, sandbox, company, record }: Here, first: string): Promise<[string, string]> {
  const { crmId, unleashedId } = await company();
  const alike = { DivisionId: Number(crmId), Forename: first, Surname: 'Double' };
  const one = await sandbox.create(tenant, 'crm', 'contacts', alike);
  const other = await sandbox.create(tenant, 'crm', 'contacts', alike);
  for (const { Id } of [one, other]) await record('contact', `c:${Id}`, 'not-in-unleashed');
  const fields = { CustomerGuid: unleashedId, FirstName: first, LastName: 'Double' };
  const made = await sandbox.create(tenant, 'unleashed', 'contacts', fields);
  await record('contact', `u:${made.Id}`, 'match-ambiguous');
  return [one.Id, made.Id];
}

const sandboxFile = ({ home }: Here): string => join(home, 'sandbox', 'tenants.yaml');
const part = z.object({ name: z.string(), state: z.literal('ready'), address: z.url(), message: z.literal('') });
const orderedTwice = z.tuple([carriedOut, carriedOut]);
const accepted = carriedOut.extend({ status: z.literal('accepted') });
const done = /^Done\.\n$/;
const REPLAYED = /came out byte for byte the same\.\n$/;
const replayed = z.object({ steps: z.int().positive(), decisions: z.int().positive(), mismatchCount: z.literal(0) });
const oneRecord: Words = async ({ tenant, company }) => [tenant, 'crm', 'company', (await company()).crmId ?? ''];
const planned = (seen: Seen): string => seenAs<z.infer<typeof planAnswer>>(seen, 'plan').planId;

/** What can be ordered once for a contact: as JSON it is done, and in words it is refused, once it shows. */
const once = (words: Words, contact: (typed: readonly string[]) => string): Run[] => [
  { words, json: accepted },
  {
    words: async ({ record }, seen) => {
      const typed = seenAs<readonly string[]>(seen, 'words');
      await record('contact', contact(typed), 'in-sync');
      return typed;
    },
    text: /^The .*\.\n/,
    code: 1,
  },
];

/** Every walk by the words of its command. */
export const WALKS: Readonly<Record<string, Walk>> = {
  up: { runs: refused(plain(), 'ALREADY_RUNNING', /^The system runs already .*\n.*twoway down\n$/) },
  status: {
    runs: asked(
      plain(),
      /^Runs since .*\n {2}part .*\n {2}sandbox +ready +http/,
      z.object({ running: z.literal(true), pid: z.int(), startedAt: z.iso.datetime(), parts: z.array(part).length(8) }),
    ),
  },
  'sign-in': { needs: 'api', runs: asked(plain(), /^http:\S+#code=\S+\n$/, z.strictObject({ link: z.url() })) },
  'tenants list': {
    needs: 'api',
    runs: asked(
      plain(),
      /^ {2}tenant .*\n {2}alpine-cycles +Alpine Cycles +on/,
      tenantsAnswer.extend({ configurations: configurationsAnswer.shape.configurations }),
    ),
  },
  'tenants show': { needs: 'tenant', runs: asked(of(), /name +Alpine Cycles/, configurationAnswer) },
  'tenants add': {
    runs: [
      ...refused(newTenant, 'CHECK_FAILED', /credentials/),
      { words: insisting(newTenant), json: storedAnswer },
      { words: insisting(newTenant), text: /walked-in/, code: 1 },
    ],
  },
  'tenants change': {
    needs: 'tenant',
    least: ['name=Acme'],
    runs: both(insisting(plain(NEW, 'name=Walked On Ltd')), /Stored\./, storedAnswer),
  },
  'tenants check': { needs: 'tenant', runs: asked(of(), /✓ crm: /i, checkAnswer) },
  'tenants pause': { needs: 'tenant', runs: both(of(), done, orderedTwice) },
  'tenants resume': { needs: 'tenant', runs: both(of(), done, orderedTwice) },
  'tenants rotate-key': {
    runs: both(
      plain(),
      /^\d encrypted anew with key \w+, \d had it already\.\n$/,
      z.object({ keyId: z.string(), changed: z.array(z.string()), unchanged: z.int(), failed: z.tuple([]) }),
    ),
  },
  'tenants remove': {
    needs: 'tenant',
    least: ['--confirm', 'acme'],
    runs: [
      { words: plain(NEW, '--confirm', NEW), json: storedAnswer },
      { words: plain(NEW, '--confirm', NEW), text: /walked-in/, code: 1 },
    ],
  },
  settings: {
    needs: 'tenant',
    runs: [
      { words: of('overnightHour=4'), text: done },
      { words: of('overnightHour=5'), json: accepted },
      { words: of(), json: settingsAnswer },
      { words: of(), text: /overnightHour +5\n[\s\S]*Version \d+ of .* by admin/ },
      ...refused(of('overnightHour=25'), 'INVALID_REQUEST', /^overnightHour: /),
    ],
  },
  preview: { needs: 'tenant', runs: asked(of('conflictPolicy=crm'), /^\d+ records take part/, previewAnswer) },
  check: {
    runs: asked(
      (here) => ['--tenants', sandboxFile(here)],
      /\n3 tenants, 0 with problems\.\n$/,
      z.array(z.object({ tenantId: z.string(), name: z.string(), findings: checkAnswer.shape.findings })).length(3),
    ),
  },
  webhooks: {
    runs: asked(
      (here) => ['list', '--tenants', sandboxFile(here), '--tenant', here.tenant],
      /\S/,
      z.strictObject({ lines: z.array(z.string()) }),
    ),
  },
  records: {
    needs: 'tenant',
    runs: asked(of('--state', 'in-sync'), /\n {2}\w+ +u:\S+ +\S.* in-sync\n/, recordsAnswer),
  },
  explain: {
    needs: 'tenant',
    least: ['company', 'c:1'],
    runs: asked(
      async ({ tenant, company }) => [tenant, 'company', (await company()).id],
      /\n {2}name {2}in-sync: Both sides show the same\.\n/,
      recordAnswer,
    ),
  },
  failing: { needs: 'tenant', runs: asked(of(), /^(Nothing fails\.|.*what it means)\n/, failingAnswer) },
  conflicts: { needs: 'tenant', runs: asked(of(), /\n {2}alpine-cycles\/company\/\S+ .*stayed/, conflictsAnswer) },
  restore: {
    needs: 'tenant',
    least: ['none'],
    runs: both(
      ({ tenant }, seen) => {
        const { conflicts } = seenAs<z.infer<typeof conflictsAnswer>>(seen, 'conflicts');
        return [tenant, conflicts[0]!.conflictId];
      },
      done,
      accepted,
    ),
  },
  overnight: { needs: 'tenant', runs: asked(of(), /^The overnight fix is off\./, overnightAnswer) },
  drift: {
    needs: 'tenant',
    runs: both(
      of('--check'),
      /^Check of .*: 0 differences \(finished\)\./,
      z.object({ check: driftAnswer.shape.checks.element, differences: driftDifferencesAnswer.shape.differences }),
    ),
  },
  'sync-contact': {
    needs: 'tenant',
    least: ['1'],
    runs: once(newContact, ([, id]) => `c:${id}`),
  },
  'use-existing': {
    needs: 'tenant',
    least: ['1', NOBODY],
    runs: once(
      async (here) => [here.tenant, ...(await lookalikes(here, 'Dee'))],
      ([, , guid]) => `u:${guid}`,
    ),
  },
  'make-in-crm': {
    needs: 'tenant',
    least: [NOBODY],
    runs: once(
      async (here) => [here.tenant, (await lookalikes(here, 'Dot'))[1]],
      ([, guid]) => `u:${guid}`,
    ),
  },
  retry: { needs: 'tenant', least: ['crm', 'company', '1'], runs: both(oneRecord, done, accepted) },
  pause: {
    needs: 'tenant',
    least: ['crm'],
    runs: [...both(of('crm'), done, accepted), ...both(of('contact'), done, accepted)],
  },
  resume: {
    needs: 'tenant',
    least: ['crm'],
    runs: [...both(of('crm'), done, accepted), ...both(of('contact'), done, accepted)],
  },
  plan: {
    needs: 'tenant',
    runs: [
      { words: of('pause', '--entity', 'contact'), json: planAnswer.extend({ state: z.literal('draft') }) },
      { words: of(), text: /Plan +What +State.*\n {2}\S+ +Pause records +draft/ },
      {
        words: ({ tenant }, seen) => [tenant, planned(seen)],
        text: /Approve it with: twoway apply alpine-cycles \S+\n/,
      },
    ],
  },
  apply: {
    needs: 'tenant',
    least: [NOBODY],
    runs: [
      { words: ({ tenant }, seen) => [tenant, planned(seen), 'cancel'], json: planAnswer },
      { words: ({ tenant }, seen) => [tenant, planned(seen)], text: /^The plan is cancelled: /, code: 1 },
    ],
  },
  'topics list': { runs: asked(plain(), /^crm\.company\.v1\n/, z.array(z.string())) },
  'topics tail': {
    needs: 'topics',
    least: ['sync.setting.v1'],
    runs: [
      {
        words: plain('sync.setting.v1', '--from-beginning', '--no-follow'),
        json: z.object({
          partition: z.int(),
          offset: z.int(),
          time: z.iso.datetime(),
          key: z.string(),
          value: z.looseObject({}),
        }),
        lines: true,
      },
      {
        words: plain('sync.setting.v1', '--from-beginning', '--no-follow'),
        text: /^\{"tenantId":"[\s\S]*"overnightHour":5/,
      },
    ],
  },
  replay: {
    needs: 'topics',
    least: ['--tenant', 'acme'],
    runs: [
      ...asked(({ tenant }) => ['--tenant', tenant], REPLAYED, replayed),
      ...asked(
        async ({ tenant, company }) => ['--tenant', tenant, '--record', `u:${(await company()).unleashedId}`],
        REPLAYED,
        replayed,
      ),
    ],
  },
  setup: {
    runs: asked(
      plain(),
      /^0 topics created, 0 schemas registered\.\n$/,
      z.strictObject({ topicsCreated: z.tuple([]), schemasRegistered: z.tuple([]) }),
      { servers: true },
    ),
  },
  grow: {
    needs: 'topics',
    least: ['--partitions', '8'],
    runs: refused(plain('--partitions', '8'), 'SERVICES_RUNNING', /^Still running: .*sync-processor/),
  },
  'sandbox-tenants': {
    runs: both(
      ({ services, home }) => [services.sandbox, join(home, 'written.yaml')],
      /written\.yaml: .*alpine-cycles/,
      z.strictObject({ file: z.string(), tenants: z.array(z.string()) }),
    ),
  },
  capacity: { runs: asked(plain('--tenants', '100'), /Partitions/, z.object({ answers: z.array(z.looseObject({})) })) },
  simulate: {
    runs: asked(
      plain('--seeds', '2', '--minutes', '0.2'),
      /Everything holds\.\n$/,
      z.looseObject({ tried: z.literal(2), failed: z.tuple([]) }),
    ),
  },
  docs: { runs: both(plain(), /^capacity\.md\n/, z.array(z.string())) },
  commands: { runs: asked(plain(), /^up +start the whole system/, z.array(z.looseObject({ name: z.string() }))) },
  complete: { runs: [{ words: plain('zsh'), text: /compdef/ }] },
  down: {
    runs: [
      { words: plain(), json: z.strictObject({ stopped: z.int() }) },
      { words: plain(), text: /^Nothing was running\.\n$/ },
      { words: plain(), json: z.strictObject({ stopped: z.null() }) },
    ],
  },
};

/** Words with which a command asks about a tenant; none for a command that asks nobody. */
export function questionOf(name: string, tenant: string): readonly string[] {
  const { needs, least = [] } = WALKS[name] ?? { runs: [] };
  return needs === undefined ? [] : [...name.split(' '), ...(needs === 'tenant' ? [tenant] : []), ...least];
}

/** What takes minutes, or servers of its own: the file where it really runs, and a word of that. */
export const ELSEWHERE: Readonly<Record<string, { readonly file: string; readonly by: string }>> = {
  chaos: { file: 'test/faults/chaos.stack.test.ts', by: 'runChaos' },
  'stack up': { file: 'services/cli/commands/stack.stack.test.ts', by: "stack('up'" },
  'stack status': { file: 'services/cli/commands/stack.stack.test.ts', by: "stack('status'" },
  'stack down': { file: 'services/cli/commands/stack.stack.test.ts', by: "stack('down'" },
  'stack reset': { file: 'services/cli/commands/stack.stack.test.ts', by: "stack('reset'" },
};

/** What no test runs to its end: a tour and measurements of minutes, on servers of their own. How they are used wrongly is tested. */
const MEASUREMENTS = ['latency', 'read-model', 'calls', 'fairness', 'processor', 'sink', 'restart'];
export const BY_HAND = ['demo', ...MEASUREMENTS.map((name) => `bench ${name}`)];
