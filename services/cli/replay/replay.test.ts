import { beforeAll, describe, expect, test } from 'vitest';
import { type Decision, EXAMPLES } from '#contracts';
import { type CoreEvent, createTenantState, step } from '#sync-core';
import { replay } from './replay.ts';

const tenantId = EXAMPLES['sync.tenant.v1'].tenantId;
/** The bytes are the codec's business; here any text that tells decisions apart will do. */
const codec = { encode: (_topic: unknown, record: unknown) => Buffer.from(JSON.stringify(record)) } as never;

let inputs: Map<string, CoreEvent>;
let decisions: Decision[];

beforeAll(() => {
  inputs = new Map();
  decisions = [];
  const state = createTenantState(tenantId, { links: [], setting: null, lanes: [] });
  const take = (event: CoreEvent, nowMs: number): void => {
    if (event.kind !== 'timer') {
      inputs.set(`${event.origin.topic}/${event.origin.partition}/${event.origin.offset}`, event);
    }
    decisions.push(...step(state, event, nowMs).decisions);
  };
  const at = (topic: string, offset: number) => ({ topic, partition: 0, offset });
  take({ kind: 'tenant', record: EXAMPLES['sync.tenant.v1'], origin: at('sync.tenant.v1', 0) }, 1_000);
  for (const [offset, phone] of ['1', '2', '3'].entries()) {
    const record = { ...EXAMPLES['crm.company.v1'], mergedWith: null, phone, readStartedAtMs: 2_000 + offset };
    take(
      { kind: 'observation', topic: 'crm.company.v1', record, origin: at('crm.company.v1', offset) },
      2_000 + offset,
    );
  }
});

describe('a replay', () => {
  test('of what was recorded gives the same', () => {
    const report = replay(tenantId, decisions, inputs, codec);
    expect(report).toMatchObject({ steps: 4, same: 4, mismatchCount: 0 });
  });

  test('shows where a decision is not the one that follows', () => {
    const forged = decisions.map((one, index) => (index === 2 ? { ...one, reason: 'in-sync' } : one));
    const report = replay(tenantId, forged, inputs, codec);
    expect(report).toMatchObject({ same: 3, mismatchCount: 1 });
    expect(report.mismatches[0]).toMatchObject({ kind: 'other-decisions', recorded: [{ reason: 'in-sync' }] });
  });

  test('says which input is gone', () => {
    const report = replay(tenantId, decisions, new Map([...inputs].slice(0, -1)), codec);
    expect(report.mismatches).toMatchObject([{ kind: 'missing-input', cause: 'crm.company.v1/0/2' }]);
  });

  test('compares only what it is asked about, and runs everything', () => {
    const forged = decisions.map((one, index) => (index === 2 ? { ...one, reason: 'in-sync' } : one));
    const report = replay(tenantId, forged, inputs, codec, ({ linkId }) => linkId === 'somebody else');
    expect(report).toMatchObject({ steps: 4, same: 4 });
  });
});
