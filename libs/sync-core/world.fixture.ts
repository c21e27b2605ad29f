/** Two systems in a few lines, for tests of the core: records as maps of fields, edits by people, and a perfect sink. */
import {
  blankRequest,
  type Command,
  type CrmCompany,
  type CrmContact,
  type CrmUser,
  type Decision,
  type Outcome,
  type Request,
  type Tenant,
  type Topic,
  type UnleashedContact,
  type UnleashedCustomer,
  type UnleashedSalesperson,
} from '#contracts';
import type { CoreEvent, Effects } from './events.ts';
import { createTenantState, step } from './index.ts';

/** Reads of both kinds start with this. */
function read(nowMs: number) {
  return { readStartedAtMs: nowMs, readCause: 'event', sourceUpdatedAtMs: nowMs, sourceUpdatedBy: null };
}

/** A company of the CRM with an account. */
export function company(
  id: string,
  guid: string,
  change: Partial<CrmCompany> = {},
): Omit<CrmCompany, keyof ReturnType<typeof read>> {
  return {
    tenantId: 't',
    divisionId: id,
    companyId: id,
    operatingCompanyCode: 'A',
    statusFlag: 'A',
    deleted: false,
    mergedWith: null,
    isB2C: false,
    name: 'Acme',
    phone: '1',
    website: 'acme.example',
    accountManager: '',
    addressId: '9',
    address: null,
    account: {
      salesLedgerId: `L${id}`,
      accountsId: guid,
      customerCode: `C${id}`,
      closed: false,
      duplicate: false,
      isB2C: false,
      defaultDivisionId: id,
    },
    ...change,
  };
}

/** A customer of Unleashed. */
export function customer(
  guid: string,
  code: string,
  change: Partial<UnleashedCustomer> = {},
): Omit<UnleashedCustomer, keyof ReturnType<typeof read>> {
  return {
    tenantId: 't',
    guid,
    customerCode: code,
    obsolete: false,
    deleted: false,
    name: 'Acme',
    phone: '1',
    website: 'acme.example',
    address: null,
    addressChoice: 'none',
    salesPersonGuid: '',
    salesPersonEmail: '',
    salesPersonName: '',
    ...change,
  };
}

/** A contact of the CRM. */
export function crmContact(
  id: string,
  divisionId: string,
  change: Partial<CrmContact> = {},
): Omit<CrmContact, keyof ReturnType<typeof read>> {
  const names = { firstName: 'Ann', lastName: 'Lee', email: 'ann@acme.example', phone: '', mobile: '', fax: '' };
  return {
    tenantId: 't',
    contactId: id,
    divisionId,
    statusFlag: 'A',
    deleted: false,
    mergedWith: null,
    accountsId: '',
    marker: '',
    ...names,
    ...change,
  };
}

/** A contact of Unleashed. */
export function unleashedContact(
  guid: string,
  customerGuid: string,
  change: Partial<UnleashedContact> = {},
): Omit<UnleashedContact, keyof ReturnType<typeof read>> {
  const names = { firstName: 'Ann', lastName: 'Lee', email: 'ann@acme.example', phone: '', mobile: '', fax: '' };
  return { tenantId: 't', guid, customerGuid, deleted: false, isDefault: true, ...names, ...change };
}

/** A user of the CRM, ticked as account manager. */
export function user(userCode: string, name: string, email: string, change: Partial<CrmUser> = {}): Partial<CrmUser> {
  return { tenantId: 't', userCode, name, email, accountManager: true, obsolete: false, accountsId: '', ...change };
}

/** A sales person of Unleashed. */
export function salesperson(
  guid: string,
  name: string,
  email: string,
  change: Partial<UnleashedSalesperson> = {},
): Partial<UnleashedSalesperson> {
  return { tenantId: 't', guid, name, email, obsolete: false, ...change };
}

/** A tenant under test: feed it, look at what it decided, answer its commands. */
export function createTestTenant(
  settings: Record<string, string> = { enabled: 'true', addresses: 'true' },
  configured: Partial<Tenant> = {},
) {
  const state = createTenantState('t', { links: [], setting: null, lanes: [] });
  let nowMs = 1_000_000;
  let offset = 0;
  const open: Command[] = [];
  const issued: Command[] = [];
  const decisions: Decision[] = [];
  const conflicts: Effects['conflicts'] = [];
  let last: Effects | null = null;
  const watchers: ((event: CoreEvent, effects: Effects) => void)[] = [];

  const feed = (event: CoreEvent): Effects => {
    last = step(state, event, nowMs);
    open.push(...last.commands);
    issued.push(...last.commands);
    decisions.push(...last.decisions);
    conflicts.push(...last.conflicts);
    for (const watch of watchers) watch(event, last);
    return last;
  };
  const origin = (topic: Topic) => ({ topic, partition: 0, offset: offset++ });
  const see = <T extends Topic>(topic: T, record: object, readAtMs = nowMs): Effects =>
    feed({ kind: 'observation', topic, record: { ...read(readAtMs), ...record }, origin: origin(topic) } as CoreEvent);
  const tenant: Tenant = {
    tenantId: 't',
    name: 'T',
    timeZone: 'UTC',
    prospectBaseUrl: '',
    unleashedBaseUrl: '',
    monthlyCalls: 1,
    pollSeconds: 1,
    advancedLedgers: false,
    prospectRecordUrl: '',
    unleashedRecordUrl: '',
    initialSettings: settings,
    configuredAtMs: 0,
    managedBy: 'file',
    ...configured,
  };
  const configure = (change: Partial<Tenant>): Effects =>
    feed({ kind: 'tenant', record: { ...tenant, ...change }, origin: origin('sync.tenant.v1') });
  configure({});

  return {
    state,
    issued,
    decisions,
    conflicts,
    open,
    see,
    feed,
    configure,
    removeTenant: () => feed({ kind: 'tenant-removed', origin: origin('sync.tenant.v1') }),
    wait: (ms: number) => {
      nowMs += ms;
      return feed({ kind: 'timer' });
    },
    tick: (ms: number) => {
      nowMs += ms;
    },
    now: () => nowMs,
    last: () => last,
    /** Tells of every step from now on. */
    watch: (next: (event: CoreEvent, effects: Effects) => void) => {
      watchers.push(next);
    },
    request: (change: Partial<Request>) =>
      feed({
        kind: 'request',
        origin: origin('sync.request.v1'),
        record: {
          ...blankRequest({
            ...{
              requestId: `r${offset}`,
              tenantId: 't',
              kind: 'set-settings',
              requestedBy: 'ann',
              requestedAtMs: nowMs,
            },
          }),
          ...change,
        },
      }),
    /** Answers the oldest open command as a perfect sink would, or as told. */
    answer: (change: Partial<Outcome> = {}): Command => {
      const command = open.shift();
      if (command === undefined) throw new Error('no command is open');
      const link = state.links.get(`${command.entity}/${command.linkId}`);
      const side = command.side === 'crm' ? 'crm' : 'unleashed';
      const written = new Map(command.fields.map((field) => [field.field, field.value]));
      const shown = (link?.fields ?? []).map((field) => ({
        field: field.field,
        value: written.get(field.field) ?? field[side] ?? '',
      }));
      const outcome: Outcome = {
        commandId: command.commandId,
        tenantId: 't',
        side,
        entity: command.entity,
        linkId: command.linkId,
        result: 'applied',
        code: 'ok',
        message: '',
        scope: 'record',
        retryAtMs: null,
        targetId: command.op === 'create' ? '77' : command.targetId,
        parentId: command.parentId,
        created: command.op === 'create',
        fields: command.fields.map((field) => ({
          field: field.field,
          result: 'written',
          code: 'ok',
          before: field.expected,
          sent: field.value,
        })),
        shown,
        shownReadStartedAtMs: nowMs,
        sourceUpdatedAtMs: nowMs,
        carried: [],
        mayComeLate: false,
        startedAtMs: nowMs,
        finishedAtMs: nowMs,
        calls: 3,
        ...change,
      };
      feed({ kind: 'outcome', record: outcome, origin: origin('sync.outcome.v1') });
      return command;
    },
  };
}
