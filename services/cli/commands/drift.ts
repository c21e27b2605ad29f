/** `drift`: checks of both sides against what the sync knows, what they found, and the safe repair. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type {
  DriftAnswer,
  DriftCheckView,
  DriftDifferencesAnswer,
} from '../../control-api/read-model/drift-answers.ts';
import type { PlanAnswer } from '../../control-api/read-model/plan-answers.ts';
import { ApiError, askApi, findApi } from '../control-client.ts';
import { sayAnswer } from '../operator/say-answer.ts';
import { showDrift, showDriftProgress } from '../operator/show-drift.ts';
import { showPlan } from '../operator/show-plan.ts';
import { createProgress } from '../progress.ts';
import { UsageError } from '../usage.ts';
import { visible } from '../visible.ts';
import { tenantId } from './arguments.ts';

interface Options {
  readonly json?: boolean;
  readonly check?: boolean;
  readonly repair?: string;
}

/** Between two looks at a check that is under way, milliseconds. */
const LOOK_MS = 1_000;
/** Differences in one answer. */
const PAGE = 200;

/** The command. */
export function driftCommand(): Command {
  return new Command('drift')
    .description(
      'compare both sides with what the sync knows: the last check, a new one, a plan that repairs what it found',
    )
    .addArgument(tenantId)
    .option('--check', 'order a check and wait for it; the exit code is 1 when it found something')
    .option(
      '--repair <numbers>',
      'plan the repair of what the last check found: all, or numbers with commas between them',
    )
    .option('--json', 'the answers of the control API as they are')
    .action(async (tenant: string, options: Options) => {
      const path = `/tenants/${encodeURIComponent(tenant)}`;
      const last = options.check === true ? await check(path, options) : await lastCheck(path);
      if (options.repair !== undefined) {
        return sayAnswer(options, await repair(path, last, options.repair), (plan) => showPlan(plan, tenant));
      }
      const found = { check: last, differences: last === null ? [] : await differencesOf(path, last.checkId) };
      sayAnswer(options, found, showDrift);
      if (options.check === true && (last === null || last.state === 'failed' || last.differences > 0))
        process.exitCode = 1;
    });
}

const ask = async <T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> =>
  (await askApi(findApi(process.env), method, path, body)) as T;

async function lastCheck(path: string): Promise<DriftCheckView | null> {
  const { checks } = await ask<DriftAnswer>('GET', `${path}/drift`);
  return checks.find(({ state }) => state === 'finished') ?? checks[0] ?? null;
}

/** Orders a check and waits until it ended. It may take long where the budget says wait: breaking off leaves it under way. */
async function check(path: string, options: Options): Promise<DriftCheckView> {
  const { requestId } = await ask<{ requestId: string }>('POST', `${path}/requests`, { kind: 'check-drift' });
  const progress = createProgress(process.stderr, options);
  let said = '';
  try {
    for (;;) {
      const { checks } = await ask<DriftAnswer>('GET', `${path}/drift`);
      const found = checks.find(({ checkId }) => checkId === requestId);
      if (found !== undefined && found.finishedAt !== null) return found;
      const message = showDriftProgress(visible(found));
      if (message !== said) progress.show({ phase: 'working', message });
      said = message;
      await sleep(LOOK_MS);
    }
  } finally {
    progress.end();
  }
}

async function differencesOf(path: string, checkId: string): Promise<DriftDifferencesAnswer['differences']> {
  const differences: DriftDifferencesAnswer['differences'] = [];
  for (let cursor = ''; ; ) {
    const page = await ask<DriftDifferencesAnswer>(
      'GET',
      `${path}/drift/${encodeURIComponent(checkId)}/differences?limit=${PAGE}${cursor}`,
    );
    differences.push(...page.differences);
    if (page.next === null) return differences;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

/** Makes the plan of the repairs: nothing is ordered before it is approved. */
async function repair(path: string, last: DriftCheckView | null, wanted: string): Promise<PlanAnswer> {
  if (last === null) throw new ApiError('NOT_FOUND', 'There is no check yet.', { hint: 'Order one with --check.' });
  const numbers = wanted === 'all' ? {} : { numbers: numbersOf(wanted) };
  return await ask('POST', `${path}/plans`, { kind: 'repair-drift', checkId: last.checkId, ...numbers });
}

function numbersOf(wanted: string): number[] {
  const numbers = wanted.split(',').map(Number);
  if (numbers.every((number) => Number.isSafeInteger(number) && number > 0)) return numbers;
  const hint = 'Write all, or numbers as drift shows them: --repair 1,4,5.';
  throw new UsageError(`${JSON.stringify(wanted)} names no differences.`, hint);
}
