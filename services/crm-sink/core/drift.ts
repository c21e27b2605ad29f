/**
 * What changed in a row besides what was meant to change (I5). A PATCH touches nothing else by itself (fact P2.8), so what
 * shows here is another writer's edit during our write, or a server that does more than it says. Pure.
 */
import type { JsonRecord, JsonValue } from '#runtime';

/** Properties that the server moves with every write, or derives from others. */
const VOLATILE = new Set([
  'AddressBlock',
  'LastUpdated',
  'LastUpdatedByUserId',
  'LastUpdatedTimestamp',
  'Latitude',
  'Longitude',
  'NextTaskId',
  'SyncFieldHash',
  'LastSyncError',
  'WebsiteDomain',
]);

/** Names of properties that differ, without annotations, expected ones and those that move by themselves. */
export function differingKeys(
  before: JsonRecord | null,
  after: JsonRecord | null,
  expected: ReadonlySet<string>,
): string[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names]
    .filter((name) => !name.startsWith('@') && !VOLATILE.has(name) && !expected.has(name))
    .filter((name) => before?.[name] !== after?.[name] && plain(before?.[name]) !== plain(after?.[name]))
    .sort();
}

/** Blank, null and absent are the same. */
function plain(value: JsonValue | undefined): string {
  return value === undefined || value === null || value === '' ? '' : JSON.stringify(value);
}
