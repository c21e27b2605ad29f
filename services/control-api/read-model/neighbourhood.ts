/**
 * The state of a tenant as far as it concerns some links: these, their companies, customers of the same code, and people.
 * The core judges a link in it as the processor judges it among all.
 */
import type { Codec, Lane, Link, Setting } from '#contracts';
import { createTenantState, fromRecord, linkOf, setLink, type TenantState } from '#sync-core';
import type { Connection } from './database.ts';

/** A tenant, by its number in the file and its id. */
export interface TenantRef {
  readonly no: number;
  readonly id: string;
}

/** What is put into the state beside links. */
export interface Around {
  readonly people: readonly Link[];
  readonly setting: Setting | null;
  readonly lanes: readonly Lane[];
}

interface Body {
  readonly body: Uint8Array;
}

/** More than one customer of a code is ambiguous, however many there are. */
const OF_ONE_CODE = 'LIMIT 2';

/** A link as stored. */
export async function decodeLink(codec: Codec, body: Uint8Array): Promise<Link> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return codec.decodeKnown('sync.link.v1', bytes) ?? (await codec.decode('sync.link.v1', bytes));
}

/** Links of a query that gives their bodies. */
async function decodeAll(codec: Codec, rows: readonly Body[]): Promise<Link[]> {
  const links: Link[] = [];
  for (const { body } of rows) links.push(await decodeLink(codec, body));
  return links;
}

/** The users and sales people of a tenant. */
export function peopleLinks(connection: Connection, codec: Codec, tenant: TenantRef): Promise<Link[]> {
  const rows = connection.all<Body>(`SELECT body FROM links WHERE tenant_no = ? AND entity = 'person'`, tenant.no);
  return decodeAll(codec, rows);
}

/** The state around some links. */
export async function neighbourhood(
  connection: Connection,
  codec: Codec,
  tenant: TenantRef,
  links: readonly Link[],
  { people, setting, lanes }: Around,
): Promise<TenantState> {
  const state = createTenantState(tenant.id, { links: [...people, ...links], setting, lanes: [...lanes] });
  const looked = new Set<string>();
  const bring = async (where: string, value: string): Promise<void> => {
    if (value === '' || looked.has(`${where} ${value}`)) return;
    looked.add(`${where} ${value}`);
    const rows = connection.all<Body>(`SELECT body FROM links WHERE tenant_no = ? AND ${where}`, tenant.no, value);
    for (const link of await decodeAll(codec, rows)) {
      setLink(state, fromRecord(link));
      await bringFor(link);
    }
  };
  const bringFor = async ({ entity, crm, unleashed }: Link): Promise<void> => {
    if (entity === 'contact') {
      if (crm !== null && linkOf(state, 'company', 'crm', crm.parentId) === undefined) {
        await bring(`entity = 'company' AND crm_id = ?`, crm.parentId);
      }
      if (unleashed !== null && linkOf(state, 'company', 'unleashed', unleashed.parentId) === undefined) {
        await bring(`entity = 'company' AND unleashed_id IS NOT NULL AND link_id = ?`, `u:${unleashed.parentId}`);
      }
    } else if (entity === 'company' && crm !== null && unleashed === null) {
      await bring(`entity = 'company' AND link_id = ?`, crm.accountsId === '' ? '' : `u:${crm.accountsId}`);
      await bring(`unleashed_code = ? ${OF_ONE_CODE}`, crm.code);
    }
  };
  for (const link of links) await bringFor(link);
  return state;
}

/** Puts the contacts of a customer into a state: whoever has a name there has it alone. */
export async function bringContactsOf(
  connection: Connection,
  codec: Codec,
  tenant: TenantRef,
  state: TenantState,
  customerGuid: string,
): Promise<void> {
  const sql = 'SELECT body FROM links WHERE tenant_no = ? AND unleashed_parent = ?';
  const rows = connection.all<Body>(sql, tenant.no, customerGuid);
  for (const link of await decodeAll(codec, rows)) setLink(state, fromRecord(link));
}
