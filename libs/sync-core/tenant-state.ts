/**
 * All that is known of one tenant, in memory: links with their indexes, settings, lanes, and what wants to be written.
 *
 * One task owns it and `step` changes it in place; when a transaction fails the task throws it away and loads it again.
 * The indexes and queues follow from the links alone, so that only links, settings and lanes are ever stored.
 */
import type { Entity, Lane, Link, LinkSide, Setting, Side } from '#contracts';
import { type Agenda, createAgenda } from './agenda.ts';
import { type Begun, createBegun } from './begun.ts';
import { fromRecord, type LinkRef, type LinkState } from './link-state.ts';
import { createMadeGuids, type MadeGuids } from './made-guids.ts';

/** Order of service within a lane: edits of people, then retries and re-reads, then first alignment. */
export const PRIORITIES = ['live', 'repair', 'backfill'] as const;
/** One of the three classes. */
export type Priority = (typeof PRIORITIES)[number];

/** Kinds of record that are written to. */
export const WRITTEN = ['company', 'contact'] as const satisfies Entity[];
/** One of them. */
export type Written = (typeof WRITTEN)[number];

/** Links of one kind of record that want a command on one side, by priority, those that have waited longest first. */
export type Queue = Record<Priority, Agenda>;

/** State of one tenant. */
export interface TenantState {
  readonly tenantId: string;
  setting: Setting | null;
  readonly lanes: Record<Side, Lane>;
  readonly links: Map<LinkRef, LinkState>;
  readonly index: LinkIndex;
  /** Whom contacts of Unleashed were made for. */
  readonly madeGuids: MadeGuids;
  /** How many links have both halves, people aside. */
  linked: number;
  /** What the breaker counts. */
  readonly begun: Begun;
  /** Links of people. */
  readonly people: Set<LinkRef>;
  readonly queues: Record<Side, Record<Written, Queue>>;
  /** Links with a command under way, per target side. */
  readonly inFlight: Record<Side, Set<LinkRef>>;
  /** Links that something is due for at a later time, by that time in milliseconds. */
  readonly timers: Agenda;
}

/** Ways to find a link. */
export interface LinkIndex {
  /** Id at that side → link, for each entity. */
  readonly byId: Record<Side, Record<Entity, Map<string, LinkRef>>>;
  /** Contacts by the id of their parent at that side. */
  readonly children: Record<Side, Map<string, Set<LinkRef>>>;
  /** Companies by account code at that side. */
  readonly byCode: Record<Side, Map<string, Set<LinkRef>>>;
  /** CRM halves by the GUID that the CRM stores for their counterpart, entity in front. */
  readonly byAccountsId: Map<string, Set<LinkRef>>;
  /** Companies of the CRM by operating company. */
  readonly byOperatingCompany: Map<string, Set<LinkRef>>;
  /** Companies by the account manager that a side shows: `crm/JBL`, `unleashed/GUID`. */
  readonly byManager: Map<string, Set<LinkRef>>;
  /** CRM contacts by their marker. */
  readonly byMarker: Map<string, Set<LinkRef>>;
}

/** A lane that is open. */
export function openLane(tenantId: string, side: Side): Lane {
  return { tenantId, side, state: 'open', deferredUntilMs: null, code: 'ok', failures: 0, changedAtMs: 0 };
}

/** The state of a tenant from what is stored. Queues are filled by the first step. */
export function createTenantState(
  tenantId: string,
  stored: { links: Link[]; setting: Setting | null; lanes: Lane[] },
): TenantState {
  const lane = (side: Side) => stored.lanes.find((known) => known.side === side) ?? openLane(tenantId, side);
  const queue = (): Queue => ({ live: createAgenda(), repair: createAgenda(), backfill: createAgenda() });
  const queues = () => ({ company: queue(), contact: queue() });
  const ids = () => ({ company: new Map(), contact: new Map(), person: new Map() });
  const state: TenantState = {
    tenantId,
    setting: stored.setting,
    lanes: { crm: lane('crm'), unleashed: lane('unleashed') },
    links: new Map(),
    linked: 0,
    begun: createBegun(),
    madeGuids: createMadeGuids(tenantId),
    people: new Set(),
    index: {
      byId: { crm: ids(), unleashed: ids() },
      children: { crm: new Map(), unleashed: new Map() },
      byCode: { crm: new Map(), unleashed: new Map() },
      byAccountsId: new Map(),
      byManager: new Map(),
      byOperatingCompany: new Map(),
      byMarker: new Map(),
    },
    queues: { crm: queues(), unleashed: queues() },
    inFlight: { crm: new Set(), unleashed: new Set() },
    timers: createAgenda(),
  };
  for (const record of stored.links) setLink(state, fromRecord(record));
  return state;
}

/** Puts a link in place of the one with its ref, indexes included. */
export function setLink(state: TenantState, link: LinkState): void {
  const { ref } = link;
  const before = state.links.get(ref);
  if (before !== undefined && isFoundBySame(before, link)) nameHalves(state.index, link, ref);
  else {
    if (before !== undefined) forEachIndexEntry(state.index, before, ref, removeFrom);
    forEachIndexEntry(state.index, link, ref, addTo);
  }
  state.links.set(ref, link);
  state.linked += Number(isLinked(link)) - Number(isLinked(before));
  if (link.entity === 'person') state.people.add(ref);
  if (before === undefined ? link.inFlight === null : before.inFlight === link.inFlight) return;
  for (const side of ['crm', 'unleashed'] as const) {
    if (link.inFlight?.side === side) state.inFlight[side].add(ref);
    else state.inFlight[side].delete(ref);
  }
}

/** Takes a link away, out of every index and queue. */
export function deleteLink(state: TenantState, ref: LinkRef): void {
  const before = state.links.get(ref);
  if (before === undefined) return;
  forEachIndexEntry(state.index, before, ref, removeFrom);
  state.links.delete(ref);
  state.linked -= Number(isLinked(before));
  state.people.delete(ref);
  state.timers.delete(ref);
  for (const side of ['crm', 'unleashed'] as const) {
    state.inFlight[side].delete(ref);
    if (before.entity === 'person') continue;
    for (const priority of PRIORITIES) state.queues[side][before.entity][priority].delete(ref);
  }
}

function isLinked(link: LinkState | undefined): boolean {
  return link !== undefined && link.entity !== 'person' && link.crm !== null && link.unleashed !== null;
}

/** The link that has a record as its half; undefined when the record is not known. */
export function linkOf(state: TenantState, entity: Entity, side: Side, id: string): LinkState | undefined {
  const ref = state.index.byId[side][entity].get(id);
  return ref === undefined ? undefined : state.links.get(ref);
}

/** Links listed under a key of an index, in order of their refs, so that no decision depends on the order of arrival. */
export function listed(state: TenantState, index: Map<string, Set<LinkRef>>, key: string): LinkState[] {
  const refs = index.get(key);
  if (refs === undefined) return [];
  const links: LinkState[] = [];
  for (const ref of refs.size === 1 ? refs : [...refs].sort()) {
    const link = state.links.get(ref);
    if (link !== undefined) links.push(link);
  }
  return links;
}

/** Whether any of the links listed under a key of an index is such a one: without putting them in order first. */
export function isAnyListed(
  state: TenantState,
  index: Map<string, Set<LinkRef>>,
  key: string,
  isIt: (link: LinkState) => boolean,
): boolean {
  for (const ref of index.get(key) ?? []) {
    const link = state.links.get(ref);
    if (link !== undefined && isIt(link)) return true;
  }
  return false;
}

/** Whether two states of a link are found under the same keys of the indexes: nearly all steps change values only. */
function isFoundBySame(before: LinkState, after: LinkState): boolean {
  for (const side of ['crm', 'unleashed'] as const) {
    const was = before[side];
    const is = after[side];
    if (was === is) continue;
    if (was === null || is === null) return false;
    if (was.id !== is.id || was.parentId !== is.parentId || was.code !== is.code) return false;
    if (was.operatingCompany !== is.operatingCompany) return false;
    if (was.accountsId !== is.accountsId || was.marker !== is.marker) return false;
  }
  if (before.fields === after.fields) return true;
  const was = before.fields.find(({ field }) => field === 'accountManager');
  const is = after.fields.find(({ field }) => field === 'accountManager');
  return was?.crm === is?.crm && was?.unleashed === is?.unleashed;
}

/** An id leads to one link only: to the one that was put last, also when that has not changed. */
function nameHalves(index: LinkIndex, link: LinkState, ref: LinkRef): void {
  for (const side of ['crm', 'unleashed'] as const) {
    const half = link[side];
    if (half === null) continue;
    const ids = index.byId[side][link.entity];
    if (ids.get(half.id) !== ref) ids.set(half.id, ref);
  }
}

type Visit = (index: Map<string, Set<LinkRef>>, key: string, ref: LinkRef) => void;

function forEachIndexEntry(index: LinkIndex, link: LinkState, ref: LinkRef, visit: Visit): void {
  for (const side of ['crm', 'unleashed'] as const) {
    const half = link[side];
    if (half === null) continue;
    const ids = index.byId[side][link.entity];
    if (visit === addTo) ids.set(half.id, ref);
    else if (ids.get(half.id) === ref) ids.delete(half.id);
    if (link.entity === 'contact') visit(index.children[side], half.parentId, ref);
    if (link.entity === 'company') {
      if (half.code !== '') visit(index.byCode[side], half.code, ref);
      if (half.operatingCompany !== '') visit(index.byOperatingCompany, half.operatingCompany, ref);
      const manager = link.fields.find(({ field }) => field === 'accountManager')?.[side] ?? '';
      if (manager !== '') visit(index.byManager, `${side}/${manager}`, ref);
    }
    if (side === 'crm') visitCrmKeys(index, link.entity, half, ref, visit);
  }
}

function visitCrmKeys(index: LinkIndex, entity: Entity, half: LinkSide, ref: LinkRef, visit: Visit): void {
  if (half.accountsId !== '') visit(index.byAccountsId, `${entity}/${half.accountsId}`, ref);
  if (half.marker !== '') visit(index.byMarker, half.marker, ref);
}

function addTo(index: Map<string, Set<LinkRef>>, key: string, ref: LinkRef): void {
  const refs = index.get(key);
  if (refs === undefined) index.set(key, new Set([ref]));
  else refs.add(ref);
}

function removeFrom(index: Map<string, Set<LinkRef>>, key: string, ref: LinkRef): void {
  const refs = index.get(key);
  refs?.delete(ref);
  if (refs?.size === 0) index.delete(key);
}
