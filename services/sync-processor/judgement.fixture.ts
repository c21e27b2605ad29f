/** What must be so after any trouble, whatever it was. */
import { expect } from 'vitest';
import { type Bench, lastLinks, until } from './bench.fixture.ts';
import type { createWorld } from './world.fixture.ts';

/** Every observation and outcome ended in exactly one decision. */
export async function expectOneDecisionEach(bench: Bench): Promise<void> {
  const origins = (await bench.read('sync.decision.v1')).flatMap(({ record }) => {
    const origin = record?.origin;
    return origin === null || origin === undefined ? [] : [`${origin.topic}/${origin.partition}/${origin.offset}`];
  });
  const inputs: string[] = [];
  for (const topic of ['crm.company.v1', 'unleashed.customer.v1', 'sync.outcome.v1'] as const) {
    for (const { partition, offset } of await bench.readRaw(topic)) inputs.push(`${topic}/${partition}/${offset}`);
  }
  const decided = origins.filter((origin) => !origin.startsWith('sync.tenant') && !origin.startsWith('sync.request'));
  expect(decided.toSorted()).toEqual(inputs.toSorted());
}

/** Redis holds exactly what the changelogs say. */
export async function expectViewEqualsLog(bench: Bench): Promise<void> {
  const log = await bench.foldedChangelogs();
  const view = await bench.redisEntries();
  expect([...view].toSorted()).toEqual([...log].toSorted());
}

/** Both sides agree, and nothing is under way any more. */
export async function settle(bench: Bench, world: ReturnType<typeof createWorld>): Promise<void> {
  await until('both sides agree and nothing is under way', async () => {
    if (world.differing().length > 0) return false;
    const links = [...(await lastLinks(bench)).values()];
    return (
      links.length > 0 &&
      links.every((link) => link.inFlight === null && link.retry === null && link.dirtySinceMs === null)
    );
  });
}
