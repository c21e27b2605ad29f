/** A long afternoon of a tenant, by dice that always fall the same way: every kind of event, many of them at bad moments. */
import type { Command, Outcome, Request } from '#contracts';
import {
  company,
  createTestTenant,
  crmContact,
  customer,
  salesperson,
  unleashedContact,
  user,
} from '../../../libs/sync-core/world.fixture.ts';
import { createTeller } from './teller.ts';

const GUIDS = ['g1', 'g2', 'g3'];
const CONTACTS = ['p1', 'p2', 'p3', 'p4'];
const SALES = ['s1', 's2'];
const NAMES = ['Acme', 'Bolt', 'Core'];
const PEOPLE = [
  ['Ann', 'Lee', 'ann@acme.example'],
  ['Bo', 'Ray', 'bo@acme.example'],
  ['Cy', 'Fox', ''],
] as const;
const ANSWERS: readonly Partial<Outcome>[] = [
  { result: 'deferred', code: 'throttled', scope: 'lane', fields: [], shown: null, shownReadStartedAtMs: null },
  { result: 'deferred', code: 'unavailable', scope: 'record', fields: [], shown: null, shownReadStartedAtMs: null },
  { result: 'unknown', code: 'fate-unknown', fields: [], shown: null, shownReadStartedAtMs: null },
  { result: 'superseded', code: 'deadline-passed', fields: [], shown: null, shownReadStartedAtMs: null },
  { result: 'superseded', code: 'setting-changed', fields: [], shown: null, shownReadStartedAtMs: null },
  { result: 'refused', code: 'target-missing', fields: [], shown: null, shownReadStartedAtMs: null },
  { result: 'refused', code: 'unsendable', fields: [], shown: null, shownReadStartedAtMs: null },
];
const SETTINGS: readonly Record<string, string>[] = [
  { enabled: 'false' },
  { enabled: 'true' },
  { addresses: 'false' },
  { addresses: 'true' },
  { accountManagers: 'true' },
  { accountManagers: 'false' },
  { accountManagers: 'true', accountManagersOvernight: 'true' },
  { conflictPolicy: 'ask' },
  { conflictPolicy: 'crm' },
  { conflictPolicy: 'latest' },
  { 'conflictPolicy.company.phone': 'unleashed' },
  { 'alignmentPolicy.contact.email': 'crm' },
  { alignment: 'hold' },
  { alignment: 'auto' },
  { contactRoleCode: 'BUYER' },
  { overnightHour: '25' },
  { colour: 'blue' },
];
const KINDS = [
  'pause',
  'resume',
  'read',
  'retry',
  'sync-contact',
  'make-in-crm',
  'use-existing',
  'restore',
  'answer',
  'x',
];

/** Seeds of the tapes that are written down. */
export const TAPES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Events of a tape, besides those of its beginning. */
const EVENTS = 160;

/** Dice whose falls follow from the seed (xorshift, 32 bits). */
function createDice(seed: number) {
  let state = seed * 2_654_435_761 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  return {
    chance: (percent: number): boolean => next() % 100 < percent,
    below: (end: number): number => next() % end,
    pick: <T>(from: readonly T[]): T => from[next() % from.length] as T,
  };
}

/** How much of a tape is played, and who is told of its tenant before anything happens. */
export interface Playing {
  events?: number;
  begin?: (tenant: ReturnType<typeof createTestTenant>) => void;
}

/** Plays a tape; what it returns tells it. */
export function playTape(seed: number, { events = EVENTS, begin }: Playing = {}): ReturnType<typeof createTeller> {
  const { chance, below, pick } = createDice(seed);
  const tenant = createTestTenant({ enabled: 'true', addresses: 'true', accountManagers: `${chance(50)}` });
  const teller = createTeller(tenant.state);
  tenant.watch((event, effects) => teller.tell(event, tenant.now(), effects));
  begin?.(tenant);
  const value = (): string => pick(['1', '2', '3', ' 4 ', '']);
  const website = (): string => pick(['acme.example', 'https://acme.example', 'bolt.example', 'not one']);
  const crmAddress = () => {
    const rest = { line2: pick(['', 'Unit 2']), line3: 'Leeds', line4: '', line5: '', postcode: 'LS1', country: 'GB' };
    return chance(15) ? null : { line1: pick(['1 High St', '2 Low Rd']), ...rest };
  };
  const unleashedAddress = () => {
    const names = { addressType: 'Physical', addressName: '', street2: pick(['', 'Unit 2']), region: '' };
    const town = chance(50) ? { suburb: 'Leeds', city: '' } : { suburb: '', city: 'Leeds' };
    return chance(15)
      ? null
      : { street: pick(['1 High St', '2 Low Rd']), ...names, ...town, postalCode: 'LS1', country: 'gb' };
  };

  const readAt = (): number => tenant.now() - (chance(20) ? below(3_000) : 0);
  const seeCompany = (): void => {
    const index = below(3);
    const id = `${index + 1}`;
    const base = company(id, GUIDS[index] as string);
    const account = base.account === null ? null : { ...base.account, closed: chance(2), duplicate: chance(2) };
    const change = {
      name: pick(NAMES),
      phone: value(),
      website: website(),
      address: crmAddress(),
      deleted: chance(2),
      statusFlag: chance(2) ? 'D' : 'A',
      accountManager: pick(['', 'JBL', 'KIT', 'OLD']),
      account: chance(2) ? null : account,
    };
    tenant.see('crm.company.v1', { ...base, ...change }, readAt());
  };
  const seeCustomer = (): void => {
    const index = below(3);
    const change = {
      name: pick(NAMES),
      phone: value(),
      website: website(),
      address: unleashedAddress(),
      addressChoice: pick(['default', 'default', 'none', 'several']),
      obsolete: chance(2),
      deleted: chance(2),
      salesPersonGuid: pick(['', ...SALES]),
    };
    tenant.see('unleashed.customer.v1', customer(GUIDS[index] as string, `C${index + 1}`, change), readAt());
  };
  const human = () => {
    const [firstName, lastName, email] = pick(PEOPLE);
    return { firstName, lastName, email, phone: value(), mobile: value(), fax: chance(80) ? '' : value() };
  };
  const marker = (): string => {
    const made = tenant.issued.filter(({ op, side }) => op === 'create' && side === 'crm');
    return made.length > 0 && chance(30) ? pick(made).marker : '';
  };
  const seeCrmContact = (): void => {
    const change = { ...human(), deleted: chance(2), statusFlag: chance(2) ? 'D' : 'A', marker: marker() };
    tenant.see('crm.contact.v1', crmContact(`${5 + below(4)}`, `${1 + below(3)}`, change), readAt());
  };
  const seeUnleashedContact = (): void => {
    const change = { ...human(), deleted: chance(2) };
    tenant.see('unleashed.contact.v1', unleashedContact(pick(CONTACTS), pick(GUIDS), change), readAt());
  };
  const seePerson = (): void => {
    const [name, email] = pick([
      ['Jo Bell', 'jo@acme.example'],
      ['Kit Low', 'kit@acme.example'],
    ]);
    const obsolete = chance(10);
    if (chance(50)) tenant.see('crm.user.v1', user(pick(['JBL', 'KIT', 'OLD']), name, email, { obsolete }));
    else tenant.see('unleashed.salesperson.v1', salesperson(pick(SALES), name, email, { obsolete }));
  };
  const answer = (): void => {
    if (tenant.open.length === 0) return;
    if (chance(10)) {
      tenant.open.shift();
      return;
    }
    if (chance(65)) {
      tenant.answer({ shownReadStartedAtMs: readAt(), ...targetOf(tenant.open[0]) });
      return;
    }
    const retryAtMs = chance(50) ? tenant.now() + below(90_000) : null;
    tenant.answer(chance(70) ? { ...pick(ANSWERS), retryAtMs } : mixed(tenant.open[0]));
  };
  const targetOf = (command: Command | undefined): Partial<Outcome> =>
    command?.op === 'create'
      ? { targetId: command.targetId || `${77 + tenant.issued.length}` }
      : { targetId: command?.targetId ?? '' };
  /** Some fields written, some refused, some changed meanwhile. */
  const mixed = (command: Command | undefined): Partial<Outcome> => {
    const fields = (command?.fields ?? []).map(({ field, expected, value: sent }) => {
      const result = pick(['written', 'refused', 'changed', 'already']);
      const code = result === 'refused' ? pick(['not-allowed', 'too-long', 'role-unknown']) : 'ok';
      return { field, result, code, before: result === 'changed' ? value() : expected, sent };
    });
    const shown = fields.map(({ field, result, before, sent }) => ({
      field,
      value: result === 'written' || result === 'already' ? sent : before,
    }));
    return { ...targetOf(command), fields, shown, shownReadStartedAtMs: tenant.now() };
  };
  const order = (): void => {
    const of = chance(40) ? 'company' : 'contact';
    const change: Partial<Request> = {
      kind: pick(KINDS),
      requestedBy: pick(['ann', 'bob']),
      seenVersion: chance(10) ? 1 : null,
      entity: chance(97) ? of : 'order',
      side: pick(['crm', 'unleashed']),
      recordId: null,
      field: pick(['phone', 'name', 'email', 'website']),
      value: chance(90) ? value() : null,
      targetId: pick(CONTACTS),
    };
    const lost = tenant.conflicts.at(-1);
    if (lost !== undefined && (change.kind === 'restore' || change.kind === 'answer') && chance(70)) {
      const link = tenant.state.links.get(`${lost.entity}/${lost.linkId}`);
      const side = pick(['crm', 'unleashed'] as const);
      const { entity, field } = lost;
      const recordId = link?.[side]?.id ?? '';
      tenant.request({
        ...change,
        entity,
        field,
        side,
        recordId,
        value: side === 'crm' ? lost.crmValue : lost.unleashedValue,
      });
      return;
    }
    const byCrm = of === 'company' ? `${1 + below(3)}` : `${5 + below(4)}`;
    const byUnleashed = of === 'company' ? pick(GUIDS) : pick(CONTACTS);
    tenant.request({ ...change, recordId: change.side === 'crm' ? byCrm : byUnleashed });
  };
  const hold = (): void => {
    const kind = pick(['pause', 'resume', 'resume', 'run-overnight']);
    tenant.request({ kind, side: pick(['crm', 'unleashed']) });
  };
  const actions: readonly [number, () => void][] = [
    [10, seeCompany],
    [10, seeCustomer],
    [9, seeCrmContact],
    [9, seeUnleashedContact],
    [3, seePerson],
    [24, answer],
    [9, order],
    [3, () => tenant.request({ settings: pick(SETTINGS) })],
    [2, hold],
    [
      1,
      () =>
        tenant.configure({ timeZone: pick(['UTC', 'Pacific/Auckland', 'Mars/Olympus']), advancedLedgers: chance(20) }),
    ],
    [20, () => tenant.wait(pick([50, 900, 3_000, 20_000, 60_000, 900_000]))],
  ];
  const turns = actions.flatMap(([weight, act]) => Array<() => void>(weight).fill(act));
  for (const [index, guid] of GUIDS.entries()) {
    tenant.see('crm.company.v1', company(`${index + 1}`, guid));
    tenant.see('unleashed.customer.v1', customer(guid, `C${index + 1}`));
  }
  for (let count = 0; count < events; count++) {
    tenant.tick(pick([1, 10, 400]));
    pick(turns)();
  }
  return teller;
}
