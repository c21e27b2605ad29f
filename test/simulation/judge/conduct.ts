/** I5, I7, I8, I9, I10: what our services did to the world, and what they say of it. */
import { type Command, INPUT_TOPICS, type Setting, type Side } from '#contracts';
import type { WireCall } from '../engine/wire.ts';
import type { Breach, Ran } from '../ran.ts';
import { recordsOf } from './evidence.ts';

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

/** Settings reach every table within this, milliseconds. */
const TABLE_LAG_MS = 100;

/** Writes that settings which everybody could know did not allow, or after their command's deadline (I7). */
export function judgeGates(ran: Ran): Breach[] {
  const breaches: Breach[] = [];
  for (const side of ['crm', 'unleashed'] as const) {
    const writes = ran.calls.filter((call) => call.side === side && call.method !== 'GET');
    const commands = recordsOf(ran, `sync.command.${side}.v1`).map(({ record }) => record);
    for (const call of writes) {
      const index = ran.settings.findLastIndex(({ atMs }) => atMs + TABLE_LAG_MS < call.sentAtMs);
      const known = ran.settings[index];
      const next = ran.settings[index + 1];
      // What changes at this very moment may be known already.
      const isChanging = next !== undefined && next.atMs <= call.sentAtMs;
      const wokeAtMs = ran.resumes.get(call.process) ?? Number.NEGATIVE_INFINITY;
      const isAwake = call.sentAtMs > wokeAtMs + TABLE_LAG_MS;
      const text = `${call.process} sends ${call.method} ${call.path} to ${side}`;
      if (known !== undefined && !isChanging && isAwake && isOff(known.setting, side, call)) {
        breaches.push({ invariant: 'I7', text: `${text} against settings of version ${known.setting.version}` });
      }
      const isOnTime = commands.some(
        (command) =>
          isOrderedBy(call, command) &&
          call.sentAtMs >= command.issuedAtMs - CLOCK_MARGIN_MS &&
          call.sentAtMs <= command.deadlineMs + CLOCK_MARGIN_MS,
      );
      if (!isOnTime) {
        breaches.push({ invariant: 'I7', text: `${text} and no command for it is in time` });
      }
    }
  }
  return breaches;
}

/** Whether a write may be what a command orders: the same record, and one of the values. An address is written line by line. */
function isOrderedBy(call: WireCall, { op, targetId, fields }: Command): boolean {
  if (op === 'create' || call.path.startsWith('/Addresses')) return true;
  if (!call.path.includes(targetId)) return false;
  return fields.some(
    ({ field, value }) => field === 'address' || call.body.includes(JSON.stringify(value).slice(1, -1)),
  );
}

/** Services' clocks differ by less than this, milliseconds. */
const CLOCK_MARGIN_MS = 1_000;
/** Commands that may wait for their answer on one side. */
const CREDIT = 4;

/** Commands under way beyond the credit of a lane (I10). */
export function judgeCredit(ran: Ran): Breach[] {
  return (['crm', 'unleashed'] as const).flatMap((side) => {
    // A command that was delivered twice is answered twice; the first answer counts.
    const outcomes = recordsOf(ran, 'sync.outcome.v1').toReversed();
    const answered = new Map(outcomes.map(({ record }) => [record.commandId, record]));
    // A contact that was read is made, whoever died over the answer.
    const contacts = recordsOf(ran, 'unleashed.contact.v1').toReversed();
    const made = new Map(contacts.map(({ record }) => [record.guid, record]));
    const moves = recordsOf(ran, `sync.command.${side}.v1`).flatMap(({ record }) => {
      const outcome = answered.get(record.commandId);
      const seen = record.op === 'create' ? made.get(record.targetId) : undefined;
      const answeredMs = outcome === undefined ? record.deadlineMs + GRACE_MS : outcome.finishedAtMs - CLOCK_MARGIN_MS;
      const endMs = Math.min(answeredMs, (seen?.readStartedAtMs ?? Number.POSITIVE_INFINITY) - CLOCK_MARGIN_MS);
      return endMs <= record.issuedAtMs ? [] : [[record.issuedAtMs, 1] as const, [endMs, -1] as const];
    });
    moves.sort(([a, x], [b, y]) => a - b || x - y);
    let underWay = 0;
    let most = 0;
    for (const [, change] of moves) {
      underWay += change;
      most = Math.max(most, underWay);
    }
    return most > CREDIT ? [{ invariant: 'I10', text: `${most} commands were under way to ${side}` }] : [];
  });
}

/** A command that nobody answers is given up this long after its deadline, milliseconds; less the difference of clocks. */
const GRACE_MS = 14_000;

/** Writes after a switch-off or pause was acknowledged (I7). */
export function judgeHolds(ran: Ran): Breach[] {
  const breaches: Breach[] = [];
  for (const side of ['crm', 'unleashed'] as const) {
    for (const [index, { atMs, setting }] of ran.settings.entries()) {
      if (!setting.holds) continue;
      const untilMs = ran.settings[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      const late = ran.calls.find(
        (call) =>
          call.side === side &&
          call.method !== 'GET' &&
          call.sentAtMs > atMs &&
          call.sentAtMs < untilMs &&
          isOff(setting, side, call),
      );
      if (late === undefined) continue;
      const text = `${late.process} sends ${late.method} ${late.path} to ${side} though it is off since version ${setting.version}`;
      breaches.push({ invariant: 'I7', text });
    }
  }
  return breaches;
}

/** Whether settings forbid a write: all, those to its side, or those of its kind of record. */
function isOff(setting: Setting, side: Side, { path }: WireCall): boolean {
  const entity = path.includes('/Contacts') ? 'contact' : 'company';
  return !setting.enabled || setting.pausedSides.includes(side) || setting.pausedEntities.includes(entity);
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
