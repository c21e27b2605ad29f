import { expect, it } from 'vitest';
import { sumByLabel } from './metrics-text.ts';

const TEXT = `# HELP out_total Records
# TYPE out_total counter
out_total{task="0",topic="a.v1"} 3
out_total{task="1",topic="a.v1"} 4
out_total{task="1",topic="b.v1"} 1.5e3
out_total_more{task="1"} 9
memory_bytes 42
`;

it('sums the samples of a metric by a label, and no other metric', () => {
  expect([...sumByLabel(TEXT, 'out_total', 'topic')]).toEqual([
    ['a.v1', 7],
    ['b.v1', 1_500],
  ]);
  expect([...sumByLabel(TEXT, 'out_total')]).toEqual([['', 1_507]]);
  expect([...sumByLabel(TEXT, 'memory_bytes')]).toEqual([['', 42]]);
  expect(sumByLabel(TEXT, 'nothing').size).toBe(0);
});
