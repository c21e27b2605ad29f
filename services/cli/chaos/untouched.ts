/** I5: what is nobody's business stays as it was. */
import type { SandboxClient, SandboxRecord, Side } from '../sandbox-client/client.ts';
import type { Witness } from './witness.ts';

const COLLECTIONS = ['companies', 'contacts'] as const;

/** Properties that the sync may change, and those that follow from them (the view of a related record, totals). */
const SYNCED: Readonly<Record<string, ReadonlySet<string>>> = {
  'crm companies': new Set([
    'Name',
    'PhoneNumber',
    'Website',
    'WebsiteDomain',
    'AccountManager',
    'AccountManagerName',
    'Address',
  ]),
  'crm contacts': new Set([
    'Forename',
    'Surname',
    'FullName',
    'Email',
    'PhoneNumber',
    'MobilePhoneNumber',
    'Fax',
    'AlternateReference',
    'DivisionName',
    'Address',
  ]),
  'unleashed companies': new Set([
    'CustomerName',
    'PhoneNumber',
    'Website',
    'Addresses',
    'SalesPerson',
    'ContactFirstName',
    'ContactLastName',
    'Email',
    'ContactCount',
    'Contacts',
  ]),
  'unleashed contacts': new Set([
    'FirstName',
    'LastName',
    'EmailAddress',
    'PhoneNumber',
    'MobilePhone',
    'FaxNumber',
    'CustomerName',
  ]),
};
/** Moved by the servers with every write. */
const VOLATILE = /^(LastUpdated|LastModified|SyncFieldHash|LastSyncError)/;

/** All records as they were at a time, by tenant, side, collection and id. */
export type Picture = ReadonlyMap<string, SandboxRecord>;

/** Takes a picture of all companies and contacts. */
export async function takePicture(sandbox: SandboxClient, tenants: readonly string[]): Promise<Picture> {
  const picture = new Map<string, SandboxRecord>();
  for (const tenant of tenants) {
    for (const side of ['crm', 'unleashed'] as const) {
      for (const collection of COLLECTIONS) {
        const records = await sandbox.list(tenant, side, collection);
        for (const record of records) picture.set(`${tenant} ${side} ${collection} ${record.Id}`, record);
      }
    }
  }
  return picture;
}

/** Properties that are other than before though nobody but the sync can have changed them, and records that are gone. */
export function judgeUntouched(before: Picture, after: Picture, witness: Pick<Witness, 'changes'>): string[] {
  const byOthers = new Set(
    witness.changes
      .filter(({ by }) => by !== 'api')
      .flatMap(({ tenant, side, id, fields }) => fields.map(({ field }) => `${tenant} ${side} ${id} ${field}`)),
  );
  return [...before].flatMap(([key, was]) => {
    const [tenant, side, collection] = key.split(' ') as [string, Side, string];
    const is = after.get(key);
    if (is === undefined) return [`${key} is gone`];
    const names = new Set([...Object.keys(was), ...Object.keys(is)]);
    return [...names].flatMap((name) => {
      if (SYNCED[`${side} ${collection}`]?.has(name) === true || VOLATILE.test(name)) return [];
      if (JSON.stringify(was[name]) === JSON.stringify(is[name])) return [];
      if (byOthers.has(`${tenant} ${side} ${was.Id} ${name}`)) return [];
      return [`${name} of ${key} was ${JSON.stringify(was[name])} and is ${JSON.stringify(is[name])}`];
    });
  });
}
