/** I5, I7, I8, I9, I10: what our services did to the world, and what they say of it. */
import { INPUT_TOPICS, type Setting, type Side } from '#contracts';
import type { Ran } from '../run.ts';
import { type Breach, recordsOf } from './evidence.ts';

/** Properties that our writes may change, by side and kind of record; what the server moves by itself included. */
const ALLOWED: Readonly<Record<string, ReadonlySet<string>>> = {
  'crm company': new Set(['Name', 'PhoneNumber', 'Website', 'WebsiteDomain', 'AccountManager']),
  'crm contact': new Set([
    'Forename',
    'Surname',
    'Email',
    'PhoneNumber',
    'MobilePhoneNumber',
    'Fax',
    'AlternateReference',
  ]),
  'crm address': new Set([
    'AddressLine1',
    'AddressLine2',
    'AddressLine3',
    'AddressLine4',
    'AddressLine5',
    'Postcode',
    'Country',
  ]),
  'unleashed company': new Set(['CustomerName', 'PhoneNumber', 'Website', 'Addresses', 'SalesPersonGuid']),
  'unleashed contact': new Set([
    'FirstName',
    'LastName',
    'EmailAddress',
    'PhoneNumber',
    'MobilePhone',
    'FaxNumber',
    'ContactFirstName',
    'ContactLastName',
    'Email',
  ]),
};
/** Moved by the servers with every write. */
const VOLATILE =
  /^(LastUpdated|LastModified|SyncFieldHash|AddressBlock|Latitude|Longitude|LastSyncError|ContactFirstName|ContactLastName|Email$)/;

/** Fields that are nobody's business and changed by a write of ours (I5). */
export function judgeOtherFields(ran: Ran): Breach[] {
  const { changes } = ran.history;
  return changes.flatMap(({ change, call }, index) => {
    if (change.by !== 'api' || change.action !== 'update') return [];
    const allowed = ALLOWED[`${change.side} ${change.entity}`];
    return change.fields.flatMap(({ field, before, after }) => {
      if (VOLATILE.test(field) || allowed?.has(field) === true) return [];
      // Another machine's edit between our read and our write is undone by a whole record: in the limitations.
      const rival = changes
        .slice(0, index)
        .some(
          (one) =>
            one.change.by !== 'api' &&
            one.change.id === change.id &&
            one.change.fields.some((other) => other.field === field),
        );
      if (rival) return [];
      const what = `${field} of ${change.entity} ${change.id} in ${change.side}`;
      const text = `${what} was changed from ${JSON.stringify(before)} to ${JSON.stringify(after)} by ${call?.process ?? '?'}`;
      return [{ invariant: 'I5', text }];
    });
  });
}

/** Writes after a switch-off or pause was acknowledged (I7). */
export function judgeHolds(ran: Ran): Breach[] {
  const breaches: Breach[] = [];
  for (const side of ['crm', 'unleashed'] as const) {
    for (const [index, { atMs, setting }] of ran.settings.entries()) {
      if (!setting.holds || !isOff(setting, side)) continue;
      const untilMs = ran.settings[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      const late = ran.calls.find(
        (call) => call.side === side && call.method !== 'GET' && call.sentAtMs > atMs && call.sentAtMs < untilMs,
      );
      if (late === undefined) continue;
      const text = `${late.process} sends ${late.method} ${late.path} to ${side} though it is off since version ${setting.version}`;
      breaches.push({ invariant: 'I7', text });
    }
  }
  return breaches;
}

function isOff(setting: Setting, side: Side): boolean {
  return !setting.enabled || setting.pausedSides.includes(side);
}

/** Inputs without exactly one decision (I8). */
export function judgeDecisions(ran: Ran): Breach[] {
  const counts = new Map<string, number>();
  for (const { record } of recordsOf(ran, 'sync.decision.v1')) {
    counts.set(record.decisionId, (counts.get(record.decisionId) ?? 0) + 1);
  }
  return INPUT_TOPICS.flatMap((topic) =>
    ran.log.read(topic, 0, Number.MAX_SAFE_INTEGER).records.flatMap(({ offset }) => {
      const id = `${topic}/0/${offset}`;
      const count = counts.get(id) ?? 0;
      return count === 1 ? [] : [{ invariant: 'I8', text: `${id} has ${count} decisions` }];
    }),
  );
}

/** Outputs that came twice, records put aside, errors that nobody caught (I9). */
export function judgeOutputs(ran: Ran): Breach[] {
  const breaches: Breach[] = [];
  const once = (what: string, ids: string[]): void => {
    const seen = new Set<string>();
    for (const id of ids) {
      if (seen.has(id)) breaches.push({ invariant: 'I9', text: `${what} ${id} came twice` });
      seen.add(id);
    }
  };
  once(
    'command',
    recordsOf(ran, 'sync.command.crm.v1').map(({ record }) => record.commandId),
  );
  once(
    'command',
    recordsOf(ran, 'sync.command.unleashed.v1').map(({ record }) => record.commandId),
  );
  once(
    'conflict',
    recordsOf(ran, 'sync.conflict.v1').map(({ record }) => record.conflictId),
  );
  for (const { record } of recordsOf(ran, 'sync.quarantine.v1')) {
    if (record.code === 'NONSENSE_ANSWER') continue;
    breaches.push({
      invariant: 'I9',
      text: `${record.service} put ${record.topic} aside: ${record.code} ${record.message}`,
    });
  }
  for (const error of ran.uncaught) breaches.push({ invariant: 'I9', text: `nobody caught: ${String(error)}` });
  return breaches;
}

/** Calls beyond what an API allows (I10). */
export function judgeQuota(ran: Ran): Breach[] {
  const over = ran.calls.filter(({ status, faults }) => status === 429 && faults.length === 0).length;
  return over === 0 ? [] : [{ invariant: 'I10', text: `${over} calls were more than the API allows` }];
}
