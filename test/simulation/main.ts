/**
 * `npm run simulate`: tries seeds and says what did not hold. A failing seed is made smaller and told as a story; the same
 * seed gives the same story, byte for byte.
 */
import { parseArgs } from 'node:util';
import { outsidePromises } from './engine/scheduler.ts';
import { KNOWN_ISSUES } from './known.ts';
import { ACTIVE_MS, planOf } from './plan.ts';
import { runCampaign } from './pool.ts';
import { defectNamed } from './seeded-defects.ts';
import { outlineOf, storyOf } from './story.ts';
import { prepare, shrink, tryPlan } from './verdict.ts';
import type { Report } from './worker.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    defect: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const activeMs = values.minutes === undefined ? ACTIVE_MS : Number(values.minutes) * 60_000;
const defect = values.defect ?? null;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Ends the process when there is no such defect: whoever mistypes one is told so, not that everything holds. */
function requireDefect(name: string): void {
  try {
    defectNamed(name);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const told = { error: { code: 'USAGE', message, hint: 'Name one of these.', retriable: false } };
    process.stderr.write(`${values.json ? JSON.stringify(told) : message}\n`);
    process.exit(1);
  }
}

/** One seed: its story, and if something does not hold, the story of a smaller schedule that breaks the same. */
async function tellSeed(seed: number): Promise<boolean> {
  const shared = await prepare();
  const defects = defect === null ? undefined : defectNamed(defect);
  const plan = planOf(seed, activeMs);
  const { breaches } = await outsidePromises(() => tryPlan(plan, shared, defects).verdict);
  const [first] = breaches;
  if (first === undefined) {
    const { ran } = await outsidePromises(() => tryPlan(plan, shared, defects, true));
    say(storyOf(ran, []));
    say(`Seed ${seed}: everything holds.`);
    return true;
  }
  const smaller = await outsidePromises(() => shrink(plan, shared, first.invariant, defects));
  const told = await outsidePromises(() => tryPlan(smaller, shared, defects, true));
  say(`Seed ${seed}, made smaller from ${plan.happenings.length} to ${smaller.happenings.length} happenings:`);
  say(outlineOf(smaller));
  say('');
  say(storyOf(told.ran, told.verdict.breaches));
  return false;
}

async function trySeeds(): Promise<boolean> {
  const startedMs = performance.now();
  const seeds = Number(values.seeds);
  const first = Number(values.seed ?? '1');
  const onProgress = ({ tried, failed }: Report): void => {
    if (!values.json && process.stderr.isTTY) process.stderr.write(`\r${tried} of ${seeds}, ${failed.length} failed `);
  };
  const report = await runCampaign({ first, seeds, activeMs, defect, maxFailures: 20, onProgress });
  const seconds = (performance.now() - startedMs) / 1_000;
  const { tried, edits, faults, calls, known, failed } = report;
  if (values.json) {
    say(JSON.stringify({ tried, seconds, perSecond: tried / seconds, edits, faults, calls, known, failed }, null, 2));
    return failed.length === 0;
  }
  say(
    `${tried} schedules in ${seconds.toFixed(1)} s (${(tried / seconds).toFixed(1)} a second): ${edits} edits, ${faults} faults, ${calls} calls.`,
  );
  for (const { id, text } of KNOWN_ISSUES) if (known[id] !== undefined) say(`Known, ${known[id]} times: ${id} ${text}`);
  for (const { seed, breaches } of failed) {
    for (const { invariant, text } of breaches) say(`✗ seed ${seed}: ${invariant} ${text}`);
  }
  if (failed[0] !== undefined) say(`Its story: npm run simulate -- --seeds 1 --seed ${failed[0].seed}`);
  else say('Everything holds.');
  return failed.length === 0;
}

if (defect !== null) requireDefect(defect);
const isGood = values.seeds === '1' && !values.json ? await tellSeed(Number(values.seed ?? '1')) : await trySeeds();
process.exitCode = isGood ? 0 : 1;
