/** Users of the CRM and sales people of Unleashed, mostly the same persons. */

import { insertRow } from '../model/prospect/rows.ts';
import { schemas } from '../model/prospect/schema.ts';
import { type Dice, pick, rollInt } from '../model/random.ts';
import type { Row, WriteContext } from '../model/types.ts';
import { writeSalesperson } from '../model/unleashed/salespersons.ts';
import { makeGuid } from '../model/unleashed/state.ts';
import type { Workspace } from '../model/workspace-state.ts';
import { familyNames, givenNames } from './words.ts';

/** A person who may manage accounts: CRM user code and Unleashed GUID, '' where there is none. */
export type Manager = { readonly code: string; readonly guid: string };

/**
 * Makes the API's own user and `count` people. The last three are awkward: a user without the tick box, an obsolete
 * pair, a sales person whom the CRM does not know.
 * @returns those who manage accounts on both sides
 */
export function seedStaff(workspace: Workspace, dice: Dice, domain: string, count: number, atMs: number): Manager[] {
  const context: WriteContext = { by: 'server', userId: 'SYS', nowMs: atMs };
  addUser(workspace, context, { UserCode: 'API', UserName: 'Sync User', SystemUser: true, AccountManager: 0 });
  const managers: Manager[] = [];
  const codes = new Set(['API', 'SYS']);
  for (let index = 0; index < count; index++) {
    const first = pick(dice, givenNames);
    const last = pick(dice, familyNames);
    const fullName = `${first} ${last}`;
    const email = `${slug(first)}.${slug(last)}${index}@${domain}`;
    const kind =
      index === count - 1 ? 'unknown' : index === count - 2 ? 'obsolete' : index === count - 3 ? 'unticked' : 'usual';
    const guid =
      kind === 'unticked'
        ? ''
        : addSalesperson(workspace, context, fullName, emailSpelling(email, index), kind === 'obsolete');
    if (kind === 'unknown') continue;
    const UserCode = freeCode(dice, codes, first, last);
    const stored = index % 3 === 2 ? null : guid || null;
    addUser(workspace, context, {
      UserCode,
      UserName: fullName,
      EmailAddress: email,
      AccountManager: kind === 'unticked' ? 0 : 1,
      Obsolete: kind === 'obsolete',
      JobTitle: kind === 'unticked' ? 'Office' : 'Account Manager',
      AccountsId: stored,
    });
    if (kind === 'usual') managers.push({ code: UserCode, guid });
  }
  return managers;
}

/** One sales person in five writes the e-mail with capitals. */
function emailSpelling(email: string, index: number): string {
  return index % 5 === 1 ? email.replace(/^./, (letter) => letter.toUpperCase()) : email;
}

function addUser(workspace: Workspace, context: WriteContext, fields: Row): void {
  insertRow(workspace.crm, workspace.switches.crm, schemas.Users, fields, context);
}

function addSalesperson(
  workspace: Workspace,
  context: WriteContext,
  FullName: string,
  Email: string,
  Obsolete: boolean,
): string {
  const guid = makeGuid(workspace.unleashed);
  writeSalesperson(workspace.unleashed, workspace.switches.unleashed, guid, { FullName, Email, Obsolete }, context);
  return guid;
}

function freeCode(dice: Dice, taken: Set<string>, first: string, last: string): string {
  const letters = slug(`${first}${last}`).toUpperCase();
  let code = `${letters.slice(0, 1)}${slug(last).slice(0, 2).toUpperCase()}`.padEnd(3, 'X');
  while (taken.has(code)) code = `${letters.slice(0, 2)}${rollInt(dice, 10)}`;
  taken.add(code);
  return code;
}

/** Lower-case letters a to z of a text, accents dropped. */
export function slug(text: string): string {
  return text
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}
