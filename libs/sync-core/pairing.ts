/**
 * Which records belong together.
 *
 * Companies: by the customer id that the CRM stores for the account, else by the account code; of several companies on one
 * account only its default one (rows 1 and 16). Contacts, within a pair of companies: by stored id, by marker, by the GUID that
 * a contact of the CRM was made with in Unleashed, by e-mail, by full name; a name or address that several share joins nobody. A pair stays until one of these says otherwise; a half
 * that joins or leaves begins with nothing agreed, so nothing is overwritten blindly.
 */
import { fullName, type LinkSide } from '#contracts';
import { contactGuid, isMadeFor, markerOf } from './identity.ts';
import { alikeInCrm, appearanceOf, LOOKALIKES_MOST } from './likeness.ts';
import { crmLinkId, emptyLink, fieldState, type LinkState, unleashedLinkId, withoutSide } from './link-state.ts';
import { idAt } from './shown.ts';
import { moveNote, putLink, removeLink, type StepContext, say } from './step-context.ts';
import { isAnyListed, linkOf, listed, type TenantState } from './tenant-state.ts';

/**
 * Brings the link of a company's half in line with the accounts; returns the links whose pairing changed.
 * `moved` is the company of the CRM whose account has just become another one; null when none has.
 */
export function pairCompanies(context: StepContext, changed: LinkState, moved: string | null): LinkState[] {
  const { state } = context;
  const guids = new Set<string>();
  if (changed.unleashed !== null) guids.add(changed.unleashed.id);
  if (changed.crm !== null) {
    const guid = customerOf(state, changed.crm, moved);
    if (guid !== null) guids.add(guid);
  }
  const before = changed.unleashed === null ? [] : listed(state, state.index.byCode.crm, changed.unleashed.code);
  for (const link of before) if (link.unleashed !== null) guids.add(link.unleashed.id);
  return [...guids].sort().flatMap((guid) => pairCompany(context, guid, moved));
}

function pairCompany(context: StepContext, guid: string, moved: string | null): LinkState[] {
  const { state } = context;
  const link = linkOf(state, 'company', 'unleashed', guid);
  if (link === undefined || link.unleashed === null) return [];
  const wanted = defaultCompany(state, link, link.unleashed, moved);
  if (link.crm?.id === wanted?.crm?.id) return [];
  const changed: LinkState[] = [];
  let current = link;
  if (current.crm !== null) {
    changed.push(splitOff(context, current));
    current = putLink(context, withoutCrm(current));
  }
  if (wanted?.crm != null) {
    if (wanted.unleashed !== null) putLink(context, withoutCrm(wanted));
    current = join(context, current, wanted);
  }
  return [...changed, current];
}

/**
 * The customer that a company's account stands for: by stored id, else by a code that only one customer has. A code that no
 * customer has any more was changed in Unleashed: the company stays with its customer until its own account says otherwise.
 */
function customerOf(state: TenantState, half: LinkSide, moved: string | null): string | null {
  if (half.accountsId !== '') {
    const stored = linkOf(state, 'company', 'unleashed', half.accountsId);
    if (stored !== undefined) return half.accountsId;
  }
  if (half.code === '') return null;
  const customers = listed(state, state.index.byCode.unleashed, half.code);
  if (customers.length > 0) return customers.length === 1 ? (customers[0]?.unleashed?.id ?? null) : null;
  return half.id === moved ? null : (linkOf(state, 'company', 'crm', half.id)?.unleashed?.id ?? null);
}

/** The one company of the CRM that takes part for a customer; undefined when there is none. */
function defaultCompany(
  state: TenantState,
  link: LinkState,
  customer: LinkSide,
  moved: string | null,
): LinkState | undefined {
  const byId = listed(state, state.index.byAccountsId, `company/${customer.id}`);
  const byCode = listed(state, state.index.byCode.crm, customer.code);
  const candidates = [...new Map([link, ...byId, ...byCode].map((one) => [one.linkId, one])).values()].filter(
    ({ crm }) => crm !== null && !crm.deleted && customerOf(state, crm, moved) === customer.id,
  );
  if (candidates.length === 0) return undefined;
  const defaultId = candidates.map(({ crm }) => crm?.defaultId ?? null).find((id) => id !== null);
  if (defaultId != null) return candidates.find(({ crm }) => crm?.id === defaultId);
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** Joins unpaired contacts of one pair of companies; returns the links that were joined. */
export function pairContacts(context: StepContext, company: LinkState): LinkState[] {
  const { state } = context;
  if (company.crm === null || company.unleashed === null) return [];
  // Without one that only Unleashed has there is nobody to join and nobody to note lookalikes of: so it is mostly.
  if (!isAnyListed(state, state.index.children.unleashed, company.unleashed.id, ({ crm }) => crm === null)) return [];
  const unleashed = listed(state, state.index.children.unleashed, company.unleashed.id).filter(
    (link) => link.crm === null && link.unleashed !== null && !link.unleashed.deleted,
  );
  const crm = listed(state, state.index.children.crm, company.crm.id).filter(
    (link) => link.unleashed === null && link.crm !== null && !link.crm.deleted,
  );
  const joined = joinMade(context, unleashed, crm);
  for (const match of [emailOf, fullNameOf]) {
    const inCrm = uniquely(crm, (link) => match(link, 'crm'));
    for (const [key, there] of uniquely(unleashed, (link) => match(link, 'unleashed'))) {
      const here = inCrm.get(key);
      const free = here !== undefined && state.links.has(here.ref);
      const open = state.links.get(there.ref);
      if (free && here.crm?.marker.startsWith('unleashed:') !== true && open !== undefined && open.crm === null) {
        joined.push(join(context, open, here));
      }
    }
  }
  noteLookalikes(context, company);
  return joined;
}

/** Joins those that this sync made in Unleashed to whom they were made for, though nothing else is known of it any more. */
function joinMade(context: StepContext, unleashed: readonly LinkState[], crm: readonly LinkState[]): LinkState[] {
  return unleashed.flatMap((there) => {
    const isMine = (one: LinkState): boolean =>
      isUnclaimed(one.crm) && isMadeFor(one.tenantId, idAt(one, 'crm'), idAt(there, 'unleashed'));
    const here = crm.find(isMine);
    return here === undefined ? [] : [join(context, there, here)];
  });
}

/** Whether a contact of the CRM names no counterpart itself. */
function isUnclaimed(half: LinkSide | null): boolean {
  return half !== null && half.accountsId === '' && !half.marker.startsWith('unleashed:');
}

/** Joins a contact to its counterpart by what the CRM has stored, the counterpart's id or our marker, or by the GUID it was made with. */
export function pairContactById(context: StepContext, link: LinkState): LinkState | null {
  const { state } = context;
  if (link.crm !== null && link.unleashed === null) {
    const { id, accountsId, marker } = link.crm;
    const named = accountsId !== '' ? accountsId : marker.slice('unleashed:'.length);
    const guid = isUnclaimed(link.crm) ? contactGuid(link.tenantId, id) : named;
    const there = linkOf(state, 'contact', 'unleashed', guid);
    return there === undefined || there.crm !== null ? null : join(context, there, link);
  }
  if (link.unleashed !== null && link.crm === null) {
    const stored = listed(state, state.index.byAccountsId, `contact/${link.unleashed.id}`);
    const marked = listed(state, state.index.byMarker, markerOf(link.unleashed.id));
    const here = [...stored, ...marked].find((other) => other.unleashed === null) ?? madeFor(state, link.unleashed.id);
    return here === undefined ? null : join(context, link, here);
  }
  return null;
}

/** The contact of the CRM, of whatever company by now, that an Unleashed contact was made for; undefined when there is none, or it has one. */
function madeFor(state: TenantState, guid: string): LinkState | undefined {
  const id = state.madeGuids.originOf(guid, state.index.byId.crm.contact.keys());
  const other = id === undefined ? undefined : linkOf(state, 'contact', 'crm', id);
  return other !== undefined && other.unleashed === null && isUnclaimed(other.crm) ? other : undefined;
}

function uniquely(links: LinkState[], keyOf: (link: LinkState) => string): Map<string, LinkState> {
  const found = new Map<string, LinkState | null>();
  for (const link of links) {
    const key = keyOf(link);
    if (key !== '') found.set(key, found.has(key) ? null : link);
  }
  return new Map([...found].flatMap(([key, link]) => (link === null ? [] : [[key, link] as const])));
}

function emailOf(link: LinkState, side: 'crm' | 'unleashed'): string {
  return appearanceOf(link, side).email;
}

function fullNameOf(link: LinkState, side: 'crm' | 'unleashed'): string {
  return fullName(appearanceOf(link, side));
}

/**
 * Notes on each contact that only Unleashed has which unpaired contacts of the CRM may be the same human being. Those that
 * are so without doubt are joined before.
 */
function noteLookalikes(context: StepContext, company: LinkState): void {
  const { state } = context;
  for (const link of listed(state, state.index.children.unleashed, idAt(company, 'unleashed'))) {
    // Once somebody said that it is none of them they stay as they were told: what is made looks like it, too.
    if (link.crm !== null || link.unleashed === null || link.createWanted) continue;
    const alike = alikeInCrm(state, link, idAt(company, 'crm')).filter((other) => other.unleashed === null);
    const lookalikes = alike
      .map((other) => idAt(other, 'crm'))
      .sort()
      .slice(0, LOOKALIKES_MOST);
    if (lookalikes.join() !== link.lookalikes.join()) putLink(context, { ...link, lookalikes });
  }
}

/** Moves the CRM half of `from` into `into`; nothing is agreed yet. */
export function join(context: StepContext, into: LinkState, from: LinkState): LinkState {
  if (context.state.links.get(from.ref)?.unleashed === null) removeLink(context, from);
  const joined: LinkState = {
    ...into,
    crm: from.crm,
    fields: into.fields.map((state) => {
      const other = fieldState(from, state.field);
      return { ...withoutSide(state, 'crm'), crm: other.crm, crmEditedAtMs: other.crmEditedAtMs };
    }),
    ownWrites: [...into.ownWrites, ...from.ownWrites],
    lookalikes: [],
    readSide: null,
    retry: null,
    paused: into.paused || from.paused,
  };
  putLink(context, joined);
  moveNote(context, from, joined);
  say(context, joined, 'waiting', 'first-alignment');
  return joined;
}

function withoutCrm(link: LinkState): LinkState {
  const fields = link.fields.map((state) => withoutSide(state, 'crm'));
  return { ...link, crm: null, fields, readSide: null, retry: null };
}

/** Gives the CRM half of a pair a link of its own. A command under way stays with the pair and is settled by its outcome. */
function splitOff(context: StepContext, link: LinkState): LinkState {
  const id = idAt(link, 'crm');
  const alone: LinkState = {
    ...emptyLink(link.tenantId, link.entity, crmLinkId(id)),
    crm: link.crm,
    fields: link.fields.map((state) => withoutSide(state, 'unleashed')),
    ownWrites: link.ownWrites.filter((write) => write.side === 'crm'),
  };
  putLink(context, alone);
  moveNote(context, link, alone);
  return alone;
}

/** The link id under which a record that was never seen before starts. */
export function firstLinkId(side: 'crm' | 'unleashed', id: string): string {
  return side === 'crm' ? crmLinkId(id) : unleashedLinkId(id);
}
