/** What people do on the pages of both systems, and how their values look. */
import type { Side } from '#contracts';
import { deskOf, type Row, type Workspace, writeAsPerson } from '../../../services/sandbox/model/index.ts';
import type { Form } from '../plan.ts';
import type { Pair } from './base.ts';
import { PROPERTIES } from './fields.ts';

/** What an act of a person came to. */
export interface Done {
  /** False when the page refused it. */
  taken: boolean;
  /** Id of the record. */
  id: string;
  changes: ReturnType<typeof writeAsPerson>['changes'];
}

/** The value that an edit gives; `before` is what the field showed some time ago. */
export function valueFor(field: string, form: Form, token: string, before: string): string {
  if (form === 'blank') return '';
  if (form === 'back') return before;
  if (form === 'long') return `Name ${token} ${'of many words '.repeat(22)}end`;
  if (form === 'refused') return `no website ${token}`;
  switch (field) {
    case 'name':
      return `Name ${token}`;
    case 'website':
      return `www.${token}.example`;
    case 'email':
      return `${token}@company.example`;
    case 'firstName':
      return `First ${token}`;
    case 'lastName':
      return `Last ${token}`;
    case 'address':
      return `${token} Road`;
    default:
      return `09 ${token}`;
  }
}

/** Edits one field on one side. An address is edited by its first line. */
export function editField(
  workspace: Workspace,
  side: Side,
  pair: Pair,
  field: string,
  value: string,
  nowMs: number,
): Done {
  const collection = pair.kept === 'company' ? 'companies' : 'contacts';
  const id = pair[side];
  const fields =
    field === 'address' ? addressEdit(workspace, side, id, value) : { [propertyOf(pair, side, field)]: value };
  const person = side === 'crm' ? 'JBL' : 'Jane';
  const { response, changes } = writeAsPerson(
    workspace,
    { side, collection, action: 'update', id, fields, person },
    nowMs,
  );
  return { taken: response.status < 300, id, changes };
}

function propertyOf(pair: Pair, side: Side, field: string): string {
  return PROPERTIES[pair.kept][side][field] ?? field;
}

function addressEdit(workspace: Workspace, side: Side, id: string, line: string): Row {
  if (side === 'crm') return { Address: { AddressLine1: line } };
  const record = deskOf(workspace, 'unleashed', 'companies')?.get(id);
  const list = Array.isArray(record?.Addresses) ? (record.Addresses as Row[]) : [];
  return {
    Addresses: list.map((address) => (address.IsDefault === true ? { ...address, StreetAddress: line } : address)),
  };
}

/** Adds a contact to a company. */
export function addContact(workspace: Workspace, side: Side, company: Pair, token: string, nowMs: number): Done {
  const values: Row =
    side === 'crm'
      ? {
          DivisionId: Number(company.crm),
          Forename: `First ${token}`,
          Surname: `Last ${token}`,
          Email: `${token}@company.example`,
          MobilePhoneNumber: `021 ${token}`,
        }
      : {
          CustomerGuid: company.unleashed,
          FirstName: `First ${token}`,
          LastName: `Last ${token}`,
          EmailAddress: `${token}@company.example`,
          MobilePhone: `021 ${token}`,
        };
  const person = side === 'crm' ? 'JBL' : 'Jane';
  const order = { side, collection: 'contacts', action: 'create', id: '', fields: values, person } as const;
  const { response, changes } = writeAsPerson(workspace, order, nowMs);
  const taken = response.status < 300;
  return { taken, id: taken ? String((response.body as Row).Id) : '', changes };
}

/** Whether a text carries a token as a word of its own. */
export function carries(text: string, token: string): boolean {
  for (let at = text.indexOf(token); at >= 0; at = text.indexOf(token, at + 1)) {
    if (!/[a-z0-9]/i.test(text[at - 1] ?? ' ') && !/[a-z0-9]/i.test(text[at + token.length] ?? ' ')) return true;
  }
  return false;
}
