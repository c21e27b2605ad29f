import { describe, expect, test } from 'vitest';
import { type Demand, needOf } from './compute.ts';
import { DEFAULT_DEMAND } from './defaults.ts';
import { FIGURES } from './figures.ts';
import { bytesText, short } from './show.ts';

const demand = (change: Partial<Demand>): Demand => ({ ...DEFAULT_DEMAND, tenants: 100, ...change });

/** Round figures, so that results can be counted in the head. */
const ROUND = {
  ...FIGURES,
  snapshotBytes: { value: 100 },
  decisionBytes: { value: 100 },
  commandBytes: { value: 100 },
  outcomeBytes: { value: 100 },
  linkBytes: { value: 1_000 },
  linkRedisBytes: { value: 1_000 },
  markerBytes: { value: 0 },
  inputsPerSecond: { value: 1_000 },
  processorBaseBytes: { value: 1_000_000 },
  processorLinkBytes: { value: 10 },
  rebuildLinksPerSecond: { value: 1_000 },
  unleashedCallsPerCrmEdit: { value: 2 },
  crmCallsPerUnleashedEdit: { value: 3 },
  unleashedIdleCallsPerDay: { value: 100 },
};

describe('what tenants need', () => {
  test('out of round figures', () => {
    const need = needOf(demand({ linksPerTenant: 10, editsPerDay: 20, crmShare: 0.25, replicas: 2 }), ROUND);
    expect(need).toMatchObject({
      links: 1_000,
      partitions: 8,
      processors: 1,
      processorBytes: 1_000_000 + 1_000 * 10,
      redisBytes: 1_000_000,
      // 2,000 edits of 400 bytes that pass, 6,000 decisions, 6,000 states; twice.
      kafkaBytesPerDay: 2 * (2_000 * 400 + 6_000 * 100 + 6_000 * 1_000),
      // 30 days of what passes, a year of decisions, the last state of each link; twice.
      kafkaBytes: 2 * (30 * 2_000 * 400 + 365 * 6_000 * 100 + 1_000 * 1_000),
      rebuildSeconds: 1,
      callsPerDay: { unleashed: 100 * (100 + 5 * 2), crm: 100 * 15 * 3 },
      unleashedCallsPerTenantAndMonth: 30 * 110,
    });
    expect(need.inputsPerSecond.mean).toBeCloseTo(6_000 / 86_400);
    expect(need.inputsPerSecond.busyHour).toBeCloseTo((6_000 * 0.2) / 3_600);
  });

  test('processors are half used in the busiest hour, and there are twice as many partitions, a power of two', () => {
    // 1,500 inputs a second in the busiest hour, of which a processor does 500 with ease.
    const busy = needOf(demand({ editsPerDay: 9_000, tenants: 1_000, busyHourShare: 0.2 }), ROUND);
    expect(busy.inputsPerSecond.busyHour).toBeCloseTo(1_500);
    expect(busy.processors).toBe(3);
    expect(busy.partitions).toBe(8);
    expect(needOf(demand({ editsPerDay: 90_000, tenants: 1_000 }), ROUND)).toMatchObject({
      processors: 30,
      partitions: 64,
    });
  });

  test('a processor holds no more links than it may', () => {
    const need = needOf(demand({ tenants: 1_000, linksPerTenant: 1_000, editsPerDay: 0, linksInMemory: 500 }), ROUND);
    expect(need.processorBytes).toBe(1_000_000 + 500 * 10);
    expect(need.redisBytes).toBe(1_000_000_000);
  });

  test('everything grows with the number of tenants, nothing shrinks', () => {
    const sizes = [1, 100, 10_000, 100_000].map((tenants) => needOf(demand({ tenants }), FIGURES));
    for (const key of ['links', 'partitions', 'processors', 'redisBytes', 'kafkaBytesPerDay', 'kafkaBytes'] as const) {
      const values = sizes.map((need) => need[key]);
      expect(values, key).toEqual(values.toSorted((a, b) => a - b));
    }
  });
});

test('bytes and counts as people read them', () => {
  expect([0, 999, 1_000, 26_000_000, 1.14e12].map(bytesText)).toEqual(['0 B', '999 B', '1 kB', '26 MB', '1.1 TB']);
  expect([0, 0.694, 7, 69.4, 1_234.5].map(short)).toEqual(['0', '0.69', '7', '69', '1,235']);
});
