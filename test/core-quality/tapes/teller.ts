/** Tells what a step did, in text: what it wrote, and what changed in the tenant's state; in full, or a line for each step. */
import { createHash } from 'node:crypto';

import type { CoreEvent, Effects } from '../../../libs/sync-core/events.ts';
import { explainField, explainRecord } from '../../../libs/sync-core/explain.ts';
import type { TenantState } from '../../../libs/sync-core/tenant-state.ts';

/** What is not worth a word: it is what a new link has. */
const isNothing = (value: unknown): boolean =>
  value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0);

/** Text of a value without the parts that say nothing. */
export function compact(value: unknown): string {
  return JSON.stringify(value, (key, part) => (key !== '' && (isNothing(part) || part === 't') ? undefined : part));
}

/** Every leaf of a value by its path. */
function leaves(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (isNothing(value)) return into;
  if (typeof value !== 'object' || value === null) return into.set(path, JSON.stringify(value));
  for (const [key, part] of Object.entries(value)) {
    if (key === 'field' || key === 'updatedAtMs') continue;
    const name = typeof part === 'object' && part !== null && 'field' in part ? String(part.field) : key;
    leaves(part, path === '' || path === 'fields' ? name : `${path}.${name}`, into);
  }
  return into;
}

function stateOf(state: TenantState): Map<string, Map<string, string>> {
  const all = new Map<string, Map<string, string>>();
  for (const ref of [...state.links.keys()].sort()) {
    const link = state.links.get(ref);
    if (link === undefined) continue;
    const { ref: _ref, tenantId: _tenant, entity: _entity, linkId: _id, ...rest } = link;
    const { state: standing, reason } = explainRecord(state, link);
    const is = `${standing} ${reason}`;
    const others = link.fields.map(({ field }) => [field, explainField(state, link, field)] as const);
    const fieldIs = Object.fromEntries(
      others.filter((one) => `${one[1].state} ${one[1].reason}` !== is).map(([field, one]) => [field, one.reason]),
    );
    all.set(ref, leaves({ ...rest, fields: { ...rest.fields }, is, but: fieldIs }, '', new Map()));
  }
  all.set('setting', leaves(state.setting, '', new Map()));
  for (const [side, lane] of Object.entries(state.lanes)) all.set(`lane ${side}`, leaves(lane, '', new Map()));
  return all;
}

function difference(before: ReadonlyMap<string, string> | undefined, after: ReadonlyMap<string, string> | undefined) {
  if (after === undefined) return 'gone';
  const paths = [...new Set([...(before?.keys() ?? []), ...after.keys()])];
  const changes = paths.filter((path) => before?.get(path) !== after.get(path));
  return changes.map((path) => `${path} ${before?.get(path) ?? '-'} > ${after.get(path) ?? '-'}`).join(', ');
}

const digestOf = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('base64url').slice(0, 8);

/** A teller that knows what the state was after the step before. */
export function createTeller(state: TenantState) {
  let known = stateOf(state);
  const steps: { head: string; lines: string[] }[] = [];
  return {
    /** Tells one step. */
    tell: (event: CoreEvent, nowMs: number, effects: Effects): void => {
      const lines: string[] = [];
      const verdicts = effects.decisions.map(({ verdict, reason }) => `${verdict} ${reason}`);
      const orders = effects.commands.map(({ side, op }) => `${op} in ${side}`);
      const topic = event.kind === 'observation' ? event.topic : event.kind;
      if ('record' in event) lines.push(`  takes ${compact(event.record)}`);
      for (const decision of effects.decisions) lines.push(`  decides ${compact(decision)}`);
      for (const command of effects.commands) lines.push(`  orders ${compact(command)}`);
      for (const conflict of effects.conflicts) lines.push(`  keeps ${compact(conflict)}`);
      const now = stateOf(state);
      for (const name of new Set([...known.keys(), ...now.keys()])) {
        const changed = difference(known.get(name), now.get(name));
        if (changed !== '') lines.push(`  ${name}: ${changed}`);
      }
      known = now;
      const written = [...effects.links].map(([key, link]) => `${key} ${link === null ? 'removed' : link.version}`);
      lines.push(`  writes ${written.join(', ') || 'no link'}; wakes at ${effects.nextWakeAtMs ?? 'no time'}`);
      steps.push({ head: `${nowMs} ${topic}: ${[...verdicts, ...orders].join(', ') || 'nothing'}`, lines });
    },
    /** A line for each step, with a digest of all that it did. */
    brief: (): string => steps.map(({ head, lines }) => `${head} [${digestOf(lines)}]\n`).join(''),
    /** All of it. */
    full: (): string => steps.map(({ head, lines }) => `${[head, ...lines].join('\n')}\n`).join('\n'),
  };
}
