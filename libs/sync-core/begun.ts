/**
 * Which records began to want a write lately: what the breaker counts. Each record counts once within a window, however often
 * it is edited. Follows from the links alone, so that a tenant that was loaded again counts as one that stayed in memory.
 */
import { SIDES, type Side } from '#contracts';
import { type Agenda, createAgenda } from './agenda.ts';
import type { LinkRef, LinkState } from './link-state.ts';
import { LIMITS } from './options.ts';

/** Records that began lately, by when: within the window, and within the last moments of it. */
export interface Recent {
  readonly window: Agenda;
  readonly burst: Agenda;
}

/** By target side; edits of agreed fields apart from all else, so that neither holds the other up. */
export type Begun = Record<Side, { readonly live: Recent; readonly other: Recent }>;

/** Nothing began. */
export function createBegun(): Begun {
  const recent = (): Recent => ({ window: createAgenda(), burst: createAgenda() });
  const both = () => ({ live: recent(), other: recent() });
  return { crm: both(), unleashed: both() };
}

/** What is counted on a side as an edit, or as anything else. */
export function recentOf(begun: Begun, side: Side, live: boolean): Recent {
  return live ? begun[side].live : begun[side].other;
}

/** Brings the counts in line with a link that was changed, made (`before` undefined) or taken away (`after` undefined). */
export function recount(begun: Begun, before: LinkState | undefined, after: LinkState | undefined): void {
  if (before?.begun === after?.begun) return;
  for (const { side, live } of before?.begun ?? []) forget(begun, before!.ref, side, live);
  for (const one of after?.begun ?? []) note(begun, after!.ref, one);
}

/** Fills the counts after a tenant was loaded. */
export function recountAll(begun: Begun, links: Iterable<LinkState>, nowMs: number): void {
  for (const link of links) {
    for (const one of link.begun) if (one.atMs > nowMs - LIMITS.breakerWindowMs) note(begun, link.ref, one);
  }
}

/** How many of an agenda came after a time; those before it are dropped. */
export function countSince(agenda: Agenda, afterMs: number): number {
  for (let first = agenda.first(); first !== undefined && first.at <= afterMs; first = agenda.first()) {
    agenda.delete(first.ref);
  }
  return agenda.size;
}

function note(begun: Begun, ref: LinkRef, { side, live, atMs }: LinkState['begun'][number]): void {
  const { window, burst } = recentOf(begun, sideOf(side), live);
  window.set(ref, atMs);
  burst.set(ref, atMs);
}

function forget(begun: Begun, ref: LinkRef, side: string, live: boolean): void {
  const { window, burst } = recentOf(begun, sideOf(side), live);
  window.delete(ref);
  burst.delete(ref);
}

function sideOf(text: string): Side {
  return SIDES.find((side) => side === text) ?? 'crm';
}
