import { describe, expect, it } from 'vitest';
import { planChaos, VICTIMS } from './plan.ts';

describe('plan of chaos', () => {
  it('follows from the seed, and differs from seed to seed', () => {
    expect(planChaos(7, 60_000, 3)).toEqual(planChaos(7, 60_000, 3));
    expect(planChaos(8, 60_000, 3)).not.toEqual(planChaos(7, 60_000, 3));
  });

  it('is in order of time and within it', () => {
    const times = planChaos(3, 120_000, 2).map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.every((atMs) => atMs > 0 && atMs < 120_000)).toBe(true);
  });

  it('kills every process, empties Redis and freezes within ten minutes', () => {
    const harms = planChaos(1, 600_000, 2).flatMap((one) => (one.what === 'harm' ? [one.harm] : []));
    expect(new Set(harms.flatMap(({ kind, victim }) => (kind === 'kill' ? [victim] : [])))).toEqual(new Set(VICTIMS));
    expect(harms.some(({ kind }) => kind === 'flush')).toBe(true);
    expect(harms.some(({ kind, forMs }) => kind === 'freeze' && forMs > 6_000)).toBe(true);
  });
});
