/** People who edit companies and contacts on both sides at a steady rate. Each value holds a word that is nowhere else. */
import { setTimeout as sleep } from 'node:timers/promises';
import { apiOf, orderInForce } from '../control-client.ts';
import type { SandboxClient, SandboxRecord, Side } from '../sandbox-client/client.ts';
import {
  COMPANY_FIELDS,
  CONTACT_FIELDS,
  type CompanyPair,
  type ContactPair,
  companyPairs,
  contactPairs,
} from '../sandbox-client/pairs.ts';
import type { System } from '../supervisor/system.ts';
import { createDice, type Dice } from './dice.ts';

/** An edit that a page took. */
export interface Edit {
  readonly tenant: string;
  readonly side: Side;
  readonly collection: 'companies' | 'contacts';
  readonly id: string;
  /** Name of the field on that side. */
  readonly field: string;
  /** The word that only this edit holds. */
  readonly token: string;
}

/** A contact that somebody added. */
export interface Added {
  readonly tenant: string;
  readonly side: Side;
  readonly id: string;
  readonly token: string;
  /** What became of the button: not pressed, accepted, or pressed with an answer that nobody heard or a refusal. */
  button: 'none' | 'accepted' | 'unclear';
}

/** What people did. */
export interface Deeds {
  readonly edits: Edit[];
  readonly added: Added[];
}

interface Desk {
  readonly tenant: string;
  readonly companies: readonly CompanyPair[];
  readonly contacts: readonly ContactPair[];
}

/** Companies of a tenant that are edited: few enough that both sides meet in one record now and then. */
const COMPANIES = 12;
const CONTACTS = 12;
/** One act in so many adds a contact. */
const ADDS_EVERY = 15;
/** Time for a new contact to be known before its button is pressed, milliseconds. */
const BUTTON_AFTER_MS = 4_000;

/** Works until the signal says that it is time to go home. `deeds` grows while they work. */
export async function letPeopleWork(options: {
  readonly system: System;
  readonly sandbox: SandboxClient;
  readonly seed: number;
  /** Acts in a second, over all tenants together. */
  readonly rate: number;
  readonly deeds: Deeds;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { system, sandbox, seed, rate, deeds, signal } = options;
  const dice = createDice(seed, 'people');
  const desks = await Promise.all(system.tenantIds.map((tenant) => deskOf(sandbox, tenant)));
  const acts: Promise<void>[] = [];
  const beginMs = performance.now();
  for (let number = 0; !signal.aborted; number++) {
    await sleep(Math.max(0, beginMs + (number * 1_000) / rate - performance.now()));
    const desk = dice.pick(desks);
    const token = `q${seed % 1_000}n${String(number).padStart(5, '0')}z`;
    const act = number % ADDS_EVERY === ADDS_EVERY - 1 ? add : edit;
    acts.push(act({ system, sandbox, deeds, desk, dice, token }));
  }
  await Promise.all(acts);
}

async function deskOf(sandbox: SandboxClient, tenant: string): Promise<Desk> {
  const all = await companyPairs(sandbox, tenant);
  const contacts = await contactPairs(sandbox, tenant, all);
  return { tenant, companies: all.slice(0, COMPANIES), contacts: contacts.slice(0, CONTACTS) };
}

interface Act {
  readonly system: System;
  readonly sandbox: SandboxClient;
  readonly deeds: Deeds;
  readonly desk: Desk;
  readonly dice: Dice;
  readonly token: string;
}

async function edit({ sandbox, deeds, desk, dice, token }: Act): Promise<void> {
  const { tenant } = desk;
  const isContact = desk.contacts.length > 0 && dice.roll() < 0.4;
  const pair: { crm: SandboxRecord; unleashed: SandboxRecord } = dice.pick(isContact ? desk.contacts : desk.companies);
  const collection = isContact ? 'contacts' : 'companies';
  const [ours, theirs] = dice.pick<readonly [string, string]>(isContact ? CONTACT_FIELDS : COMPANY_FIELDS);
  const side = dice.pick(['crm', 'unleashed'] as const);
  const field = side === 'crm' ? ours : theirs;
  const { Id: id } = pair[side];
  await sandbox.update(tenant, side, collection, id, { [field]: valueFor(ours, token) });
  deeds.edits.push({ tenant, side, collection, id, field, token });
}

async function add({ system, sandbox, deeds, desk, dice, token }: Act): Promise<void> {
  const { tenant } = desk;
  const company = dice.pick(desk.companies);
  const side = dice.pick(['crm', 'unleashed'] as const);
  const pressed = dice.roll() < 0.5;
  const fields =
    side === 'crm'
      ? { DivisionId: Number(company.crm.Id), Forename: 'New', Surname: token, Email: `${token}@added.example` }
      : {
          CustomerGuid: company.unleashed.Id,
          FirstName: 'New',
          LastName: token,
          EmailAddress: `${token}@added.example`,
        };
  const { Id: id } = await sandbox.create(tenant, side, 'contacts', fields);
  const added: Added = { tenant, side, id, token, button: 'none' };
  deeds.added.push(added);
  if (side !== 'crm' || !pressed) return;
  await sleep(BUTTON_AFTER_MS);
  added.button = 'unclear';
  const body = { kind: 'sync-contact', recordId: id };
  const accepted = await orderInForce(apiOf(system), 'POST', tenant, 'requests', body).then(
    () => true,
    () => false, // Refused, or not heard: what became of it shows at the end.
  );
  if (accepted) added.button = 'accepted';
}

function valueFor(field: string, token: string): string {
  if (field === 'Website') return `www.${token}.example`;
  if (field === 'Email') return `${token}@edited.example`;
  return /Phone|Fax/.test(field) ? `09 ${token}` : `Name ${token}`;
}
