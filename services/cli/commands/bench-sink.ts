import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { localFolders } from '#local-stack';
import { measureChain } from '../bench/chain.ts';
import { createProgress } from '../progress.ts';
import { createSandboxClient } from '../sandbox-client/client.ts';
import { differences } from '../sandbox-client/pairs.ts';
import { freePorts } from '../supervisor/plan.ts';
import { startSystem } from '../supervisor/system.ts';
import { until } from '../wait.ts';
import { positive } from './positive.ts';

interface Options {
  json?: boolean;
  seconds: number;
  rate: number;
  tenants: number;
}

const COMPANIES = 10;
const WARM_UP_SECONDS = 10;
/** How long the first alignment may take, milliseconds. */
const ALIGNMENT_MS = 4 * 60_000;
const TARGETS = { p50Ms: 40, p99Ms: 150 };

/** `bench sink`: what the chain adds between a change event and the first call to the other API. */
export function benchSinkCommand(): Command {
  return new Command('sink')
    .description('from a change of the CRM to the first call to Unleashed; both answer at once')
    .option('--json', 'print the result as JSON')
    .option('--seconds <n>', 'how long edits are made', positive, 20)
    .option('--rate <n>', 'edits in a second, over all tenants together', positive, 50)
    .option('--tenants <n>', 'number of tenants', positive, 60)
    .action(run);
}

async function run({ json, seconds, rate, tenants }: Options): Promise<void> {
  const folder = join(localFolders().home, 'bench-sink');
  const progress = createProgress(process.stderr);
  const say = (message: string): void => progress.show({ part: 'kafka', phase: 'working', message });
  rmSync(folder, { recursive: true, force: true });
  const system = await startSystem({
    folder,
    ports: await freePorts(),
    sandbox: { tenants, companies: COMPANIES, pollSeconds: 300 },
  });
  try {
    const sandbox = createSandboxClient(system.urlOf('sandbox'));
    say('Waiting for the first alignment');
    for (const tenant of system.tenantIds) {
      await until(async () => (await differences(sandbox, tenant)).length === 0, {
        timeoutMs: ALIGNMENT_MS,
        pauseMs: 500,
        what: `both sides of ${tenant} to agree`,
      });
    }
    const common = { sandbox, tenants: system.tenantIds, editsPerSecond: rate };
    say('Warming up');
    await measureChain({ ...common, seconds: WARM_UP_SECONDS });
    say(`${rate} edits a second for ${seconds} s`);
    const result = await measureChain({ ...common, seconds });
    const met = result.arrived === result.edits && result.p50Ms < TARGETS.p50Ms && result.p99Ms < TARGETS.p99Ms;
    progress.end();
    const { edits, arrived, p50Ms, p95Ms, p99Ms, maxMs } = result;
    const text =
      `  change → first call: p50 ${p50Ms} ms, p95 ${p95Ms}, p99 ${p99Ms}, max ${maxMs} (${arrived}/${edits} arrived); ` +
      `asked: p50 < ${TARGETS.p50Ms}, p99 < ${TARGETS.p99Ms}: ${met ? 'met' : 'missed'}`;
    const report = { tenants, editsPerSecond: rate, seconds, ...result, targets: TARGETS, met };
    process.stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : `${text}\n`);
  } finally {
    progress.end();
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit();
}
