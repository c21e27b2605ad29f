/** What a link wants to have done, as it stands: a pure reading of its state, so nothing needs to be queued. */
import { type Field, type InFlightField, SIDES, type Side } from '#contracts';
import { fieldEnabled, offReason, standingOf, unclearCode } from './eligibility.ts';
import { isAtRest, writeTo } from './field-merge.ts';
import { isHeld } from './field-rules.ts';
import { contactGuid, markerOf } from './identity.ts';
import { alikeInCrm } from './likeness.ts';
import { type FieldState, type LinkState, otherSide } from './link-state.ts';
import { LIMITS } from './options.ts';
import { MATCHING_CODES, type People, peopleOf } from './people.ts';
import { idAt, shownAt } from './shown.ts';
import { linkOf, type Priority, type TenantState } from './tenant-state.ts';
import { isBlank, sameAtSide, translate } from './values.ts';

/** One command that a link wants, without its number. */
export interface Work {
  side: Side;
  op: 'update' | 'create' | 'read';
  priority: Priority;
  targetId: string;
  parentId: string;
  marker: string;
  notThese: readonly string[];
  fields: InFlightField[];
}

/** What only a creation has. */
const NOTHING_TO_MAKE = { marker: '', notThese: [] };

/** All that a link wants now, at most one per side; empty when nothing, or when nothing may be done. */
export function workOf(state: TenantState, link: LinkState): Work[] {
  if (offReason(state.setting) !== null || link.paused) return [];
  if (link.readSide !== null) {
    return SIDES.filter((side) => link.readSide === side || link.readSide === 'both').flatMap((side) =>
      readWork(link, side),
    );
  }
  if (!standingOf(state, link).eligible) return [];
  if (link.crm === null || link.unleashed === null) return creationWork(state, link);
  return updateWork(state, link);
}

function readWork(link: LinkState, side: Side): Work[] {
  const half = link[side];
  if (half === null) return [];
  const { id: targetId, parentId } = half;
  return [{ side, op: 'read', priority: 'live', targetId, parentId, ...NOTHING_TO_MAKE, fields: [] }];
}

function updateWork(state: TenantState, link: LinkState): Work[] {
  const works: Work[] = [];
  const people = peopleOf(state);
  for (const field of link.fields) {
    if (isAtRest(field) || field.crm === null || field.unleashed === null) continue;
    if (!fieldEnabled(state.setting, field.field)) continue;
    if (unclearCode(link, field.field) !== null || isHeld(state.setting, field, people)) continue;
    const write = writeTo(field, people);
    if (write === null) continue;
    const wanted = fieldWrite(field, write, people);
    const half = link[write.side];
    if (wanted === null || half === null) continue;
    let work = works.find(({ side }) => side === write.side);
    if (work === undefined) {
      const { id: targetId, parentId } = half;
      const priority = link.retry === null ? 'live' : 'repair';
      work = { side: write.side, op: 'update', priority, targetId, parentId, ...NOTHING_TO_MAKE, fields: [] };
      works.push(work);
    }
    work.fields.push(wanted);
    if (field.agreed === null && !wanted.restores && work.priority === 'live') work.priority = 'backfill';
  }
  // Of a link that has to be written to both sides, Unleashed's comes first.
  return works.length === 2 && works[0]?.side === 'crm' ? works.reverse() : works;
}

/** What is written for one field; null when it cannot be. */
function fieldWrite(
  field: FieldState,
  { side, restores }: { side: Side; restores: string | null },
  people: People,
): InFlightField | null {
  const source = field[otherSide(side)];
  const expected = field[side];
  if (source === null || expected === null) return null;
  if (restores !== null) return { field: field.field, value: restores, expected, source, restores: true };
  if (isBlocked(field, side, source)) return null;
  const translated = translate(field.field, side, source, expected, people);
  return translated.ok ? { field: field.field, value: translated.value, expected, source, restores: false } : null;
}

type Blockable = { field: Field; blocked: { side: string; value: string; code: string } | null };

function isBlocked(field: Blockable, side: Side, source: string): boolean {
  const { blocked } = field;
  if (blocked === null || MATCHING_CODES.has(blocked.code)) return false;
  return blocked.side === side && sameAtSide(field.field, otherSide(side), blocked.value, source);
}

function creationWork(state: TenantState, link: LinkState): Work[] {
  const from: Side = link.crm === null ? 'unleashed' : 'crm';
  const side = otherSide(from);
  const half = link[from];
  if (link.entity !== 'contact' || half === null) return [];
  if (isNameless(link, from) || link.fields.some((field) => isBlocked(field, side, shownAt(field, from)))) return [];
  const parent = linkOf(state, 'company', from, half.parentId)?.[side];
  if (parent == null) return [];
  const people: People = peopleOf(state);
  const fields: InFlightField[] = link.fields.flatMap((field) => {
    const source = shownAt(field, from);
    const translated = translate(field.field, side, source, '', people);
    return translated.ok
      ? [{ field: field.field, value: translated.value, expected: '', source, restores: false }]
      : [];
  });
  const toCrm = side === 'crm';
  const targetId = toCrm ? '' : contactGuid(state.tenantId, half.id);
  const marker = toCrm ? markerOf(half.id) : '';
  const notThese = toCrm ? otherPeople(state, link, parent.id) : [];
  return [{ side, op: 'create', priority: 'repair', targetId, parentId: parent.id, marker, notThese, fields }];
}

/**
 * Contacts of the CRM that are alike and known to be somebody else: they have a counterpart, or a person said so of them. One that
 * came after that is perhaps what an earlier try has made.
 */
function otherPeople(state: TenantState, link: LinkState, divisionId: string): string[] {
  const alike = alikeInCrm(state, link, divisionId);
  return alike
    .filter((other) => other.unleashed !== null || (link.createWanted && link.lookalikes.includes(idAt(other, 'crm'))))
    .map((other) => idAt(other, 'crm'))
    .sort();
}

/** Whether a contact has neither a name nor an e-mail address: nothing that a record could be made of. */
export function isNameless(link: LinkState, side: Side): boolean {
  const named: readonly string[] = ['firstName', 'lastName', 'email'];
  return link.fields.every((field) => !named.includes(field.field) || isBlank(field.field, side, shownAt(field, side)));
}

/** Not before this time, milliseconds: a planned retry, or the settling of a creation. 0 when at once. */
export function notBefore(link: LinkState, work: Work): number {
  const settling = work.op === 'create' ? (link.dirtySinceMs ?? Number.MAX_SAFE_INTEGER) + LIMITS.creationSettleMs : 0;
  return Math.max(link.retry?.atMs ?? 0, settling);
}
