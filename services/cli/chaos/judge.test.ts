import { describe, expect, it } from 'vitest';
import type { SandboxCall, SandboxChange, SandboxRecord } from '../sandbox-client/client.ts';
import { judgeCreations, judgeEdits, type Named } from './judge.ts';
import type { Added, Edit } from './people.ts';
import { judgeUntouched } from './untouched.ts';

const EDIT: Edit = { tenant: 't', side: 'crm', collection: 'companies', id: '1', field: 'Name', token: 'q1z' };
const NOTHING: Named = { ledger: '', decisions: '', seen: '', conflicts: 0 };

function change(side: 'crm' | 'unleashed', by: string, after: string, atMs: number, field = 'Name'): SandboxChange {
  const fields = [{ field, before: '', after }];
  return {
    seq: atMs,
    tenant: 't',
    side,
    entity: 'company',
    id: '1',
    parentId: '',
    action: 'update',
    by,
    userId: '',
    fields,
    atMs,
  };
}

function call(method: string, atMs: number): SandboxCall {
  const changes = method === 'GET' ? [] : [{ id: '1' }];
  const common = {
    tenant: 't',
    side: 'crm',
    url: '/Divisions(1)',
    status: 200,
    userAgent: 'sink',
    faults: [],
  } as const;
  return { ...common, seq: atMs, atMs, method, changes, faults: [] };
}

const edited = change('crm', 'person', 'Name q1z', 10);
const overwritten = change('crm', 'api', 'other', 30);

describe('edits', () => {
  const verdict = (changes: SandboxChange[], calls: SandboxCall[] = [], named: Partial<Named> = {}) =>
    judgeEdits([EDIT], { changes, calls }, { ...NOTHING, ...named });

  it('one that reached the other side, was replaced by a person, or is named, is not lost', () => {
    expect(verdict([edited, change('unleashed', 'api', 'Name q1z', 20)]).lost).toEqual([]);
    expect(verdict([edited, change('crm', 'person', 'next', 20)]).lost).toEqual([]);
    expect(verdict([edited], [], { ledger: '["Name q1z",""]' }).lost).toEqual([]);
    expect(verdict([edited], [], { decisions: '["Name q1z",""]' }).lost).toEqual([]);
  });

  it('one that a person replaced is not lost because something else with its id was written in between', () => {
    const namesake: SandboxChange = { ...change('crm', 'api', 'other', 15), entity: 'contact' };
    expect(verdict([edited, namesake, change('crm', 'person', 'next', 20)])).toEqual({ lost: [], unseen: [] });
    const written = change('crm', 'api', 'other', 15);
    expect(verdict([edited, written, change('crm', 'person', 'next', 20)]).unseen).toHaveLength(1);
  });

  it('one that never left its side is lost', () => expect(verdict([edited]).lost).toHaveLength(1));

  it('one that a write replaced which had read before it is in the window; one that had read after it is lost', () => {
    expect(verdict([edited, overwritten], [call('GET', 5), call('PATCH', 25)])).toMatchObject({
      lost: [],
      unseen: [{}],
    });
    expect(verdict([edited, overwritten], [call('GET', 15), call('PATCH', 25)]).lost).toHaveLength(1);
    expect(verdict([edited, overwritten], [call('PATCH', 25)]).lost).toHaveLength(1);
    expect(verdict([edited, overwritten], [call('GET', 5), call('PATCH', 25)], { seen: 'Name q1z' }).lost).toHaveLength(
      1,
    );
  });
});

describe('creations', () => {
  const added = (side: 'crm' | 'unleashed', button: Added['button'] = 'none'): Added => ({
    tenant: 't',
    side,
    id: '9',
    token: 'q2z',
    button,
  });
  const picture = (...entries: [string, object][]) =>
    new Map(entries.map(([key, fields]) => [key, { Id: key, ...fields } as SandboxRecord]));
  const judge = (one: Added, ...after: [string, object][]) =>
    judgeCreations({ edits: [], added: [one] }, new Map(), picture(...after));

  it('once is right, twice is a duplicate, never is missing', () => {
    const [first, second] = ['t crm contacts 1', 't crm contacts 2'].map((key): [string, object] => [
      key,
      { Surname: 'q2z' },
    ]);
    expect(judge(added('unleashed'), first!)).toEqual({ doubled: [], missing: [] });
    expect(judge(added('unleashed'), first!, second!).doubled).toHaveLength(1);
    expect(judge(added('unleashed')).missing).toHaveLength(1);
  });

  it('in Unleashed only by request', () => {
    const made: [string, object] = ['t unleashed contacts 1', { LastName: 'q2z' }];
    expect(judge(added('crm'), made).doubled).toHaveLength(1);
    expect(judge(added('crm', 'accepted'), made)).toEqual({ doubled: [], missing: [] });
    expect(judge(added('crm', 'accepted')).missing).toHaveLength(1);
    expect(judge(added('crm'))).toEqual({ doubled: [], missing: [] });
  });

  it('what nobody added is a duplicate', () => {
    expect(judge(added('crm'), ['t crm companies 5', { Name: 'Double Ltd' }]).doubled).toHaveLength(1);
  });
});

it('an unsynced property that no person changed is altered, a synced one is not', () => {
  const key = 't crm companies 1';
  const before = new Map([[key, { Id: '1', Name: 'a', Notes: 'n' }]]);
  const after = new Map([[key, { Id: '1', Name: 'b', Notes: 'm' }]]);
  expect(judgeUntouched(before, after, { changes: [] })).toHaveLength(1);
  expect(judgeUntouched(before, after, { changes: [change('crm', 'person', 'm', 1, 'Notes')] })).toEqual([]);
  expect(judgeUntouched(before, new Map(), { changes: [] })).toEqual([`${key} is gone`]);
});
