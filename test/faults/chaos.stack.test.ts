/** A short storm with a fixed seed over a system of its own: nothing is lost, doubled, drifting or altered. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runChaos } from '../../services/cli/chaos/run.ts';

it('every process killed or frozen and both APIs disturbed while people edit: both sides agree on all of it', async () => {
  const report = await runChaos({
    minutes: 0.6,
    seed: 2,
    rate: 4,
    tenants: 2,
    settleMs: 240_000,
    folder: mkdtempSync(join(tmpdir(), 'chaos-')),
  });
  const { lost, duplicates, drift, altered, replayDiffers, harmed } = report;
  expect({ lost, duplicates, drift, altered, replayDiffers, failures: harmed.failures }).toEqual({
    lost: [],
    duplicates: [],
    drift: [],
    altered: [],
    replayDiffers: [],
    failures: [],
  });
  expect(report.holds).toBe(true);
  expect(report.edits).toBeGreaterThan(50);
  expect(Object.keys(harmed.kills).length).toBeGreaterThan(5);
}, 600_000);
