/** What came in comes again: the same inputs in a new life, after a restart at any step, or each of them twice. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Link } from '#contracts';
import { action, RUNS, runSchedule, SCHEDULE } from './convergence.fixture.ts';
import type { CoreEvent, Effects } from './events.ts';
import { createTenantState, resume, step, type TenantState } from './index.ts';

/** A step as it was. */
interface Told {
  readonly event: CoreEvent;
  readonly nowMs: number;
  /** As JSON: a state is changed in place, and what it gave out must not change with it. */
  readonly effects: string;
}

/** All that a step gives out, as text; commands, conflicts and decisions to the letter. */
function text(effects: Effects): string {
  return JSON.stringify({ ...effects, links: [...effects.links] });
}

/** The steps of a schedule. The first one, the tenant's configuration, is before any watch. */
function stepsOf(actions: Parameters<typeof runSchedule>[0]): { steps: Told[]; begin: TenantState } {
  const steps: Told[] = [];
  const { tenant } = runSchedule(actions, (event, effects, nowMs) =>
    steps.push({ event, nowMs, effects: text(effects) }),
  );
  return { steps, begin: configured(tenant.state.setting) };
}

/** A tenant with the settings of the beginning and nothing known. */
function configured(setting: TenantState['setting']): TenantState {
  if (setting === null) throw new Error('the tenant has no settings');
  const first = {
    ...setting,
    version: 1,
    enabled: true,
    requestId: '',
    changedBy: 'tenants-file',
    changedAtMs: 1_000_000,
  };
  return createTenantState('t', { links: [], setting: first, lanes: [] });
}

/** The tenant as it would be after a restart: from what is on its changelog. */
function reloaded(state: TenantState, changelog: ReadonlyMap<string, Link>, nowMs: number): TenantState {
  const stored = { links: [...changelog.values()], setting: state.setting, lanes: Object.values(state.lanes) };
  const loaded = createTenantState('t', structuredClone(stored));
  resume(loaded, nowMs);
  return loaded;
}

function write(changelog: Map<string, Link>, { links }: Effects): void {
  for (const [key, link] of links) {
    if (link === null) changelog.delete(key);
    else changelog.set(key, link);
  }
}

describe('whatever happened', { timeout: 180_000 }, () => {
  test('the same inputs at the same times give the same to the letter, also when the tenant is loaded anew in between', () => {
    fc.assert(
      fc.property(fc.array(action, SCHEDULE), fc.integer({ min: 1, max: 9 }), (actions, every) => {
        const { steps, begin } = stepsOf(actions);
        const changelog = new Map<string, Link>();
        let state = begin;
        for (const [index, { event, nowMs, effects }] of steps.entries()) {
          if (index % every === every - 1) state = reloaded(state, changelog, nowMs);
          const again = step(state, event, nowMs);
          expect(text(again), `step ${index}`).toBe(effects);
          write(changelog, again);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('an input that comes twice changes nothing the second time: no write, no conflict, no other value', () => {
    fc.assert(
      fc.property(fc.array(action, SCHEDULE), (actions) => {
        const { steps, begin: state } = stepsOf(actions);
        const changelog = new Map<string, Link>();
        for (const [index, { event, nowMs }] of steps.entries()) {
          write(changelog, step(state, event, nowMs));
          // A person's second order of the same id is refused as such; a timer is due once.
          const twice = reloaded(state, changelog, nowMs);
          const before = valuesOf(twice);
          const { commands, conflicts } = step(twice, event, nowMs);
          // A read that may be of before our own write is answered by another read, however often it comes.
          expect([commands.filter(({ op }) => op !== 'read'), conflicts], `step ${index} again`).toEqual([[], []]);
          expect(valuesOf(twice), `step ${index} again`).toEqual(before);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

/** What each side is known to show, and what was agreed. */
function valuesOf(state: TenantState): unknown[] {
  return [...state.links.values()].flatMap(({ ref, fields }) =>
    fields.map(({ field, crm, unleashed, agreed, restore }) => ({ ref, field, crm, unleashed, agreed, restore })),
  );
}
