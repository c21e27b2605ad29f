/** I2 and I4: when everybody has gone home both sides show the same, and every contact that is to be there is there once. */
import { parseCrmAddress, parseUnleashedAddress, type Side } from '#contracts';
import { crmEssence, unleashedEssence } from '#sync-core';
import type { Breach, Ran } from '../ran.ts';
import { shownBy } from '../world/fields.ts';
import type { Added } from '../world/history.ts';
import { carries } from '../world/people.ts';
import { editsOf, recordsOf } from './evidence.ts';

/** What of a value counts: outer blanks do not, and an address means a place, however its lines are used. */
function essence(field: string, side: Side, value: string): string {
  if (field !== 'address') return value.trim();
  return side === 'crm' ? crmEssence(parseCrmAddress(value)) : unleashedEssence(parseUnleashedAddress(value));
}

/** Fields that differ. */
export function judgeConvergence(ran: Ran): Breach[] {
  const breaches: Breach[] = [];
  for (const pair of ran.pairs) {
    const crm = shownBy(ran.workspace, 'crm', pair.kept, pair.crm);
    const unleashed = shownBy(ran.workspace, 'unleashed', pair.kept, pair.unleashed);
    for (const [field, value] of crm ?? []) {
      const other = unleashed?.get(field) ?? '';
      if (essence(field, 'crm', value) === essence(field, 'unleashed', other)) continue;
      if (cannotFlow(ran, 'crm', pair.kept, pair.crm, field, value)) continue;
      if (cannotFlow(ran, 'unleashed', pair.kept, pair.unleashed, field, other)) continue;
      const what = `${field} of ${pair.kept} ${pair.crm} / ${pair.unleashed}`;
      breaches.push({ invariant: 'I2', text: `${what}: the CRM shows '${value}', Unleashed '${other}'` });
    }
  }
  return [...breaches, ...judgeContacts(ran)];
}

/** A value that the other side does not take, and a decision says so. */
function cannotFlow(
  ran: Ran,
  side: Side,
  kept: 'company' | 'contact',
  id: string,
  field: string,
  value: string,
): boolean {
  const edit = editsOf(ran, side, kept, id, field).find(
    (one) => one.value === value && (one.form === 'long' || one.form === 'refused'),
  );
  if (edit === undefined) return false;
  return recordsOf(ran, 'sync.decision.v1').some(({ record }) =>
    record.fields.some((one) => one.verdict === 'blocked' && carries(one[side] ?? '', edit.token)),
  );
}

/** Each contact that was added: once on the other side if it is to be there, never if not (I4, I6). */
function judgeContacts(ran: Ran): Breach[] {
  return ran.history.added.flatMap((added) => {
    const found = namesakes(ran, added);
    const name = `contact ${added.token} (${added.side} ${added.id})`;
    if (found > 1) return [{ invariant: 'I4', text: `${name} is ${found} times on the other side` }];
    if (added.side === 'unleashed') {
      return found === 1 ? [] : [{ invariant: 'I4', text: `${name} was not made in the CRM` }];
    }
    if (found === 1 && added.pressedAtMs === null) {
      return [{ invariant: 'I6', text: `${name} was made in Unleashed, and nobody had asked for it` }];
    }
    if (found === 0 && wasAccepted(ran, added)) {
      return [{ invariant: 'I4', text: `${name} was not made in Unleashed, and the button had been accepted` }];
    }
    return [];
  });
}

function namesakes(ran: Ran, { side, token }: Added): number {
  const { crm, unleashed } = ran.workspace;
  if (side === 'crm')
    return [...unleashed.contacts.values()].filter(({ LastName }) => carries(String(LastName), token)).length;
  return [...crm.tables.Contacts.values()].filter(
    ({ Surname, StatusFlag }) => StatusFlag !== 'D' && carries(String(Surname), token),
  ).length;
}

/** Whether the press of the button was accepted. */
function wasAccepted(ran: Ran, added: Added): boolean {
  const requests = recordsOf(ran, 'sync.request.v1').filter(
    ({ record }) => record.kind === 'sync-contact' && record.recordId === added.id,
  );
  const ids = new Set(requests.map(({ offset }) => `sync.request.v1/0/${offset}`));
  return recordsOf(ran, 'sync.decision.v1').some(
    ({ record }) => record.verdict === 'accepted' && ids.has(record.decisionId),
  );
}
