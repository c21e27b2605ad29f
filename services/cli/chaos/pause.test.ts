import { describe, expect, it } from 'vitest';
import type { SandboxChange, Side } from '../sandbox-client/client.ts';
import { longestPauseMs } from './pause.ts';
import type { Added, Edit } from './people.ts';

let seq = 0;
function change(tenant: string, side: Side, by: string, value: string, atMs: number, id = '1'): SandboxChange {
  const fields = [{ field: 'Name', before: '', after: value }];
  seq += 1;
  return { seq, tenant, side, entity: 'company', id, parentId: '', action: 'update', by, userId: '', fields, atMs };
}

/** An edit in the CRM with what it shows: made, and arrived where it did. */
function story(token: string, madeMs: number, arrivedMs: number | null, tenant = 't', id = token) {
  const edit: Edit = { tenant, side: 'crm', collection: 'companies', id, field: 'Name', token };
  const made = change(tenant, 'crm', 'person', `Name ${token}`, madeMs, id);
  const arrived = arrivedMs === null ? [] : [change(tenant, 'unleashed', 'api', `Name ${token}`, arrivedMs, `u${id}`)];
  return { edit, changes: [made, ...arrived] };
}

function pauseOf(stories: ReturnType<typeof story>[], more: SandboxChange[] = [], added: Added[] = []): number {
  const changes = [...stories.flatMap((one) => one.changes), ...more].toSorted((a, b) => a.atMs - b.atMs);
  return longestPauseMs({ edits: stories.map(({ edit }) => edit), added }, { changes });
}

describe('the longest pause', () => {
  it('is nothing where nobody edits, however long that lasts', () => {
    expect(pauseOf([])).toBe(0);
    expect(pauseOf([story('qa', 0, 10), story('qb', 90_000, 90_020)])).toBe(20);
  });

  it('is broken by an arrival of any tenant, and not by a write that brings no edit', () => {
    const waiting = story('qa', 0, 9_000);
    expect(pauseOf([waiting])).toBe(9_000);
    expect(pauseOf([waiting, story('qb', 100, 4_000, 'other')])).toBe(5_000);
    expect(pauseOf([waiting], [change('t', 'unleashed', 'api', 'something else', 4_000)])).toBe(9_000);
    expect(pauseOf([waiting], [change('t', 'unleashed', 'person', 'Name of a person', 4_000)])).toBe(9_000);
  });

  it('goes on from one edit to the next while something waits', () => {
    // The second was made while the first waited; both arrive after an outage.
    expect(pauseOf([story('qa', 0, 8_000), story('qb', 7_000, 8_100)])).toBe(8_000);
    expect(pauseOf([story('qa', 0, 3_000), story('qb', 2_000, 12_000)])).toBe(9_000);
  });

  it('ends for an edit that is replaced on its own side, and does not count one that was decided against', () => {
    const gone = story('qa', 0, null);
    expect(pauseOf([gone])).toBe(0);
    expect(pauseOf([gone], [change('t', 'crm', 'person', 'another', 6_000, 'qa')])).toBe(6_000);
    expect(pauseOf([gone], [change('t', 'crm', 'api', 'another', 7_000, 'qa')])).toBe(7_000);
    expect(pauseOf([gone], [change('t', 'crm', 'api', 'of another record', 7_000, 'qz')])).toBe(0);
  });

  it('counts contacts that are added in Unleashed, and not those of the CRM, which wait for a button', () => {
    const contact = (side: Side): Added => ({ tenant: 't', side, id: '9', token: 'qc', button: 'none' });
    const other = { crm: 'unleashed', unleashed: 'crm' } as const;
    const seen = (side: Side) => [change('t', side, 'person', 'qc', 0), change('t', other[side], 'api', 'qc', 3_000)];
    expect(pauseOf([], seen('unleashed'), [contact('unleashed')])).toBe(3_000);
    expect(pauseOf([], seen('crm'), [contact('crm')])).toBe(0);
  });
});
