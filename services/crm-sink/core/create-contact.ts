/**
 * Makes a contact once, on an API without idempotency keys (fact P4.3).
 *
 * The contact carries a marker in AlternateReference. Before every POST it is searched by the marker, deleted rows included,
 * then by its e-mail address or name within the company: what an earlier try made, or a person, is taken and not made again.
 * After the POST it is read back and given what POST dropped without a word (fact P2.12), the marker among it.
 *
 * What searching cannot see is a request that the network delivers late. So the right to make a record is claimed first, for
 * the time within which a lost request may still come; a request that takes longer makes a second record, and no client of
 * this API can prevent that.
 */
import { CONTACT_FIELDS, type ContactField, type Outcome } from '#contracts';
import { CONTACT_PROPERTIES, CrmApiError } from '#prospect-crm';
import { type JsonRecord, textOf } from '#runtime';
import {
  FATE_UNKNOWN,
  GateClosedError,
  guardOf,
  mayComeLate,
  messageOf,
  NotOursError,
  outcome,
  readPatiently,
  verdictParts,
} from '#sink';
import { contactTarget, refuseContactValue } from './contact.ts';
import { findContact, wantedOf } from './find-contact.ts';
import { fieldsNamed } from './isolate.ts';
import { PATIENCE } from './patience.ts';
import type { Context } from './ports.ts';
import { patchRow } from './target.ts';
import { bringAbout, notWritten } from './update.ts';

/** Times that a just sent creation is looked for after its answer was lost, and the wait before each, milliseconds. */
const SEARCH_WAITS_MS = [0, 300, 1_000] as const;

/**
 * Carries out the creation. Rejects with what searching rejects with.
 *
 * @param isClosed the command may not write any more, and an earlier delivery may have sent it: it is settled by looking
 */
export async function createContact(context: Context, isClosed: boolean): Promise<Outcome> {
  const { command, ports } = context;
  const found = await findContact(context);
  if (found.kind === 'deleted') return outcome(context, { result: 'refused', code: 'target-deleted' });
  if (isClosed) return settle(context, found.kind === 'marked' ? found.contact : null);
  if (found.kind === 'elsewhere') {
    const message = 'it was made for a contact of the CRM that has another company by now and has yet to be read';
    return outcome(context, { result: 'deferred', code: 'contact-elsewhere', message });
  }
  if (found.kind !== 'none') {
    const wasSent = found.kind === 'marked' && (await ports.hasBegun(command.commandId));
    return take(context, found.contact, wasSent);
  }
  const claim = await ports.claimCreation(command.marker);
  if (!claim.isOurs) {
    const message = 'an earlier request to make the contact may still take effect';
    return outcome(context, { result: 'deferred', code: 'fate-unknown', retryAtMs: claim.untilMs, message });
  }
  await ports.beginWrite(command.commandId);
  context.purpose = 'live';
  return make(context, claim.sendBeforeMs);
}

/** An earlier delivery is settled by what is there; nothing is written any more. */
async function settle(context: Context, contact: JsonRecord | null): Promise<Outcome> {
  if (contact === null) return outcome(context, verdictParts(FATE_UNKNOWN, 'begun before, and not there'));
  const targetId = textOf(contact, 'ContactId');
  const reading: Context = { ...context, command: { ...context.command, op: 'read' } };
  const target = contactTarget(reading, targetId);
  const answer = await bringAbout(
    reading,
    target,
    await readPatiently(() => target.read(), PATIENCE, reading.ports.sleep),
    { targetId, created: true },
  );
  context.calls = reading.calls;
  return answer;
}

async function make(context: Context, sendBeforeMs: number): Promise<Outcome> {
  const { command, ports } = context;
  const mayWrite = guardOf(context);
  const guard = (): void => {
    mayWrite();
    if (ports.now() >= sendBeforeMs) throw new GateClosedError('deadline-passed');
  };
  let left = CONTACT_FIELDS.filter((field) => refuseContactValue(field, wantedOf(command)[field]) === null);
  for (;;) {
    try {
      context.calls += 1;
      const call = { purpose: context.purpose, guard };
      return await take(context, await ports.api.post('Contacts', newContact(context, left), call), true);
    } catch (error) {
      const named = error instanceof CrmApiError && error.code === 'REFUSED' ? fieldsNamed(error, left, NAMES) : [];
      if (named.length === 0) return notMade(context, error);
      // A field that is not taken stops itself alone: the update that follows says so.
      left = left.filter((field) => !named.includes(field));
    }
  }
}

const NAMES = Object.fromEntries(CONTACT_FIELDS.map((field) => [field, [CONTACT_PROPERTIES[field]]])) as Record<
  ContactField,
  string[]
>;

function newContact({ command }: Context, fields: readonly ContactField[]): JsonRecord {
  const body: JsonRecord = {
    DivisionId: Number(command.parentId),
    RoleCode: command.roleCode,
    StatusFlag: 'A',
    AlternateReference: command.marker,
  };
  const wanted = wantedOf(command);
  for (const field of fields) if (wanted[field] !== '') body[CONTACT_PROPERTIES[field]] = wanted[field];
  return body;
}

/** A record that was found or made becomes the counterpart: marked, and given what it lacks. */
async function take(context: Context, record: JsonRecord, created: boolean): Promise<Outcome> {
  const targetId = textOf(record, 'ContactId');
  const target = contactTarget(context, targetId);
  try {
    let before = await readPatiently(() => target.read(), PATIENCE, context.ports.sleep);
    if (textOf(before.record, 'AlternateReference') === '') {
      await patchRow(context, 'Contacts', targetId, { AlternateReference: context.command.marker });
      before = await readPatiently(() => target.read(), PATIENCE, context.ports.sleep);
    }
    const answer = await bringAbout(context, target, before, { targetId, created });
    return created ? asMade(answer) : answer;
  } catch (error) {
    if (!created) throw error;
    // It is made; the next command finds it by its marker, or by its name, and goes on from there.
    return outcome(context, verdictParts(FATE_UNKNOWN, `made as ${targetId}, and then: ${messageOf(error)}`));
  }
}

/** What a record shows that we made was written by us. */
function asMade(answer: Outcome): Outcome {
  const fields = answer.fields.map((entry) => (entry.result === 'already' ? { ...entry, result: 'written' } : entry));
  return { ...answer, fields };
}

/** The creation failed, or its answer was lost: it is looked for before anything is said. */
async function notMade(context: Context, error: unknown): Promise<Outcome> {
  const { command, ports } = context;
  // The claim may be another process' by now.
  if (error instanceof NotOursError) throw error;
  const isOpen = error instanceof CrmApiError && !error.fateKnown;
  if (isOpen) {
    for (const waitMs of SEARCH_WAITS_MS) {
      if (waitMs > 0) await ports.sleep(waitMs);
      const found = await findContact(context).catch(() => null);
      if (found?.kind === 'marked' || found?.kind === 'alike') return take(context, found.contact, true);
    }
    if (mayComeLate(error)) return outcome(context, verdictParts(FATE_UNKNOWN, messageOf(error)));
  }
  await ports.releaseCreation(command.marker);
  const parts = notWritten(context, error);
  if (error instanceof CrmApiError && error.code === 'REFUSED') {
    if (error.targets.includes('RoleCode')) return outcome(context, { ...parts, code: 'role-unknown' });
    if (error.targets.includes('DivisionId')) return outcome(context, { ...parts, code: 'parent-missing' });
  }
  return outcome(context, parts);
}
