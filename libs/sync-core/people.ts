/**
 * CRM users and Unleashed sales people: who stands for whom (row 11 of the mission).
 *
 * Matched by the id that the CRM stores, else by e-mail address regardless of case, else by full name, and only where one
 * is left on each side; what is ambiguous is shown, never guessed. Those in use come before those that are obsolete.
 */
import type { Side } from '#contracts';
import { crmLinkId, emptyLink, fieldState, type LinkRef, type LinkState, withoutSide } from './link-state.ts';
import type { ReasonCode } from './reasons.ts';
import { idAt, shownAt } from './shown.ts';
import { moveNote, putLink, removeLink, type StepContext, say } from './step-context.ts';
import { linkOf, type TenantState } from './tenant-state.ts';

/** The counterpart of somebody, and why it may not be written as an account manager; null when it may. */
export interface Counterpart {
  readonly id: string;
  readonly reason: ReasonCode | null;
}

/** Who stands for whom, as values of an account manager need it. */
export interface People {
  /** The sales person for a user code; null when there is none. */
  unleashedOf(userCode: string): Counterpart | null;
  /** The user for the GUID of a sales person; null when there is none. */
  crmOf(guid: string): Counterpart | null;
  /** Why somebody of a side has no counterpart. */
  whyAlone(side: Side, id: string): ReasonCode;
}

/** Reasons that follow from who stands for whom: found again each time, for that may change while the value stays. */
export const MATCHING_CODES: ReadonlySet<string> = new Set<ReasonCode>([
  'manager-unknown',
  'manager-without-salesperson',
  'salesperson-without-user',
  'manager-ambiguous',
  'user-not-ticked',
  'user-obsolete',
  'salesperson-obsolete',
]);

/** The people of a tenant as they are linked now. */
export function peopleOf(state: TenantState): People {
  const counterpart = (from: Side, to: Side, id: string): Counterpart | null => {
    const link = linkOf(state, 'person', from, id);
    const half = link?.[to];
    if (half == null) return null;
    // The tick box counts for whoever is to be an account manager, whichever side names him.
    const reason = [half, link?.[from]].find((one) => one != null && !one.active)?.inactiveReason ?? null;
    return { id: half.id, reason: reason as ReasonCode | null };
  };
  return {
    unleashedOf: (userCode) => counterpart('crm', 'unleashed', userCode),
    crmOf: (guid) => counterpart('unleashed', 'crm', guid),
    whyAlone(side, id) {
      const link = linkOf(state, 'person', side, id);
      if (link === undefined) return 'manager-unknown';
      return whyAlone(peopleLinks(state), link, side);
    },
  };
}

/** Brings all pairs of people in line; returns the companies that name somebody whose counterpart changed. */
export function pairPeople(context: StepContext): LinkRef[] {
  const { state } = context;
  const links = peopleLinks(state);
  const wanted = matches(links);
  const revisit = new Set<LinkRef>();
  const touch = (side: Side, id: string): void => {
    for (const ref of state.index.byManager.get(`${side}/${id}`) ?? []) revisit.add(ref);
  };
  const split: LinkState[] = [];
  for (const link of links) {
    const { crm, unleashed } = link;
    if (crm !== null) touch('crm', crm.id);
    if (unleashed !== null) touch('unleashed', unleashed.id);
    if (crm === null || unleashed === null || wanted.get(unleashed.id) === crm.id) continue;
    split.push(link);
  }
  for (const link of split) splitPerson(context, link);
  for (const [guid, code] of wanted) {
    const there = linkOf(state, 'person', 'unleashed', guid);
    const here = linkOf(state, 'person', 'crm', code);
    if (there !== undefined && here !== undefined && there.crm === null) joinPeople(context, there, here);
  }
  return [...revisit].sort();
}

function peopleLinks(state: TenantState): LinkState[] {
  return [...state.people].sort().flatMap((ref) => state.links.get(ref) ?? []);
}

/** GUID of a sales person → user code, for everybody who is matched. */
function matches(links: readonly LinkState[]): Map<string, string> {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  const take = (guid: string, code: string): void => {
    found.set(guid, code);
    taken.add(code);
  };
  const users = links.filter((link) => link.crm !== null);
  const guids = new Set(links.flatMap(({ unleashed }) => (unleashed === null ? [] : [unleashed.id])));
  const byStoredId = unique(users, ({ crm }) => (guids.has(crm?.accountsId ?? '') ? (crm?.accountsId ?? '') : ''));
  for (const [guid, user] of byStoredId) take(guid, idAt(user, 'crm'));
  for (const inUse of [true, false]) {
    for (const keyOf of [emailOf, nameOf]) {
      const free = (link: LinkState, side: Side): boolean => {
        const half = link[side];
        if (half === null || (inUse && half.deleted)) return false;
        return side === 'crm' ? !taken.has(half.id) : !found.has(half.id);
      };
      const here = unique(
        links.filter((link) => free(link, 'crm')),
        (link) => keyOf(link, 'crm'),
      );
      const there = unique(
        links.filter((link) => free(link, 'unleashed')),
        (link) => keyOf(link, 'unleashed'),
      );
      for (const [key, link] of there) {
        const user = here.get(key);
        if (user !== undefined) take(idAt(link, 'unleashed'), idAt(user, 'crm'));
      }
    }
  }
  return found;
}

/** Why somebody has no counterpart: several on the other side would do, or none. */
function whyAlone(links: readonly LinkState[], link: LinkState, side: Side): ReasonCode {
  const other: Side = side === 'crm' ? 'unleashed' : 'crm';
  const alike = (keyOf: typeof emailOf): boolean => {
    const key = keyOf(link, side);
    return key !== '' && links.some((one) => one[other] !== null && keyOf(one, other) === key);
  };
  if (alike(emailOf) || alike(nameOf)) return 'manager-ambiguous';
  return side === 'crm' ? 'manager-without-salesperson' : 'salesperson-without-user';
}

function unique(links: readonly LinkState[], keyOf: (link: LinkState) => string): Map<string, LinkState> {
  const found = new Map<string, LinkState | null>();
  for (const link of links) {
    const key = keyOf(link);
    if (key !== '') found.set(key, found.has(key) ? null : link);
  }
  return new Map([...found].flatMap(([key, link]) => (link === null ? [] : [[key, link] as const])));
}

function emailOf(link: LinkState, side: Side): string {
  return shownAt(fieldState(link, 'email'), side).trim().toLowerCase();
}

function nameOf(link: LinkState, side: Side): string {
  return shownAt(fieldState(link, 'name'), side).trim().replace(/\s+/g, ' ').toLowerCase();
}

function joinPeople(context: StepContext, into: LinkState, from: LinkState): void {
  removeLink(context, from);
  const fields = into.fields.map((state) => ({ ...state, crm: fieldState(from, state.field).crm }));
  const joined = putLink(context, { ...into, crm: from.crm, fields });
  moveNote(context, from, joined);
  say(context, joined, 'agreed', 'person-matched');
}

function splitPerson(context: StepContext, link: LinkState): void {
  const id = idAt(link, 'crm');
  const alone = putLink(context, {
    ...emptyLink(link.tenantId, 'person', crmLinkId(id)),
    crm: link.crm,
    fields: link.fields.map((state) => withoutSide(state, 'unleashed')),
  });
  const left = putLink(context, {
    ...link,
    crm: null,
    fields: link.fields.map((state) => withoutSide(state, 'crm')),
  });
  say(context, alone, 'not-eligible', 'person-unmatched');
  say(context, left, 'not-eligible', 'person-unmatched');
}
