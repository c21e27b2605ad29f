/** `status` and `down`: the system that `up` started on this machine, seen and ended from another terminal. */
import { Command } from 'commander';
import { localFolders, stackStatus } from '#local-stack';
import type { CheckResult } from '#runtime';
import { createProgress } from '../progress.ts';
import { SystemError } from '../supervisor/errors.ts';
import { readUpState, systemHome } from '../supervisor/home.ts';
import { plainTable } from '../table.ts';
import { until } from '../wait.ts';

/** Exit code when nothing runs, as with systemctl: scripts can ask whether it is there. */
const NOT_RUNNING = 3;
const ASK_TIMEOUT_MS = 5_000;
/** Everything ends in order within this, milliseconds. */
const DOWN_TIMEOUT_MS = 120_000;

interface PartState {
  readonly name: string;
  /** ready; starting: it answers and waits for something; down: it does not answer. */
  readonly state: 'ready' | 'starting' | 'down';
  readonly address: string;
  /** What it waits for; empty when it is ready. */
  readonly message: string;
}

/** `status`: what runs, and whether it is ready. */
export function statusCommand(): Command {
  return new Command('status')
    .description('what runs on this machine and whether it is ready; exit code 3 when nothing does')
    .option('--json', 'print the result as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const home = systemHome(localFolders().home);
      const up = readUpState(home);
      const servers: PartState[] = (await stackStatus(home.stackDir)).map(({ name, state, address }) => {
        return { name, state: state === 'up' ? 'ready' : 'down', address, message: '' };
      });
      const services = await Promise.all(
        Object.entries(up?.services ?? {}).map(([name, { port }]) => askService(name, `http://127.0.0.1:${port}`)),
      );
      const parts = up === null ? [] : [...servers, ...services];
      if (up === null) process.exitCode = NOT_RUNNING;
      else if (parts.some(({ state }) => state !== 'ready')) process.exitCode = 1;
      const answer = { running: up !== null, pid: up?.pid ?? null, startedAt: up?.startedAt ?? null, parts };
      if (json === true) return void process.stdout.write(`${JSON.stringify(answer)}\n`);
      if (up === null) return void process.stdout.write('Nothing runs. Start it with: npm start\n');
      const rows = parts.map(({ name, state, address, message }) => [name, state, address, message]);
      process.stdout.write(`Runs since ${up.startedAt} (process ${up.pid}).\n`);
      process.stdout.write(`${plainTable(rows, ['part', 'state', 'address', 'waits for'])}\n`);
    });
}

async function askService(name: string, address: string): Promise<PartState> {
  try {
    const response = await fetch(`${address}/health/ready`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    if (response.ok) return { name, state: 'ready', address, message: '' };
    const { checks = {} } = (await response.json()) as { checks?: Record<string, CheckResult> };
    const waits = Object.entries(checks).filter(([, { ok }]) => ok === false);
    const message = waits.map(([what, { reason = '' }]) => `${what}: ${reason}`).join('; ');
    return { name, state: 'starting', address, message };
  } catch (error) {
    return { name, state: 'down', address, message: error instanceof Error ? error.message : String(error) };
  }
}

/** `down`: ends what `up` started, in order; data stays. */
export function downCommand(): Command {
  return new Command('down')
    .description('end the system that runs on this machine, in order; data stays')
    .option('--json', 'print the result as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const home = systemHome(localFolders().home);
      const up = readUpState(home);
      const progress = createProgress(process.stderr, { json: json === true });
      if (up !== null) {
        progress.show({ phase: 'working', message: 'Stopping everything' });
        process.kill(up.pid, 'SIGTERM');
        try {
          await until(() => readUpState(home)?.pid !== up.pid, {
            timeoutMs: DOWN_TIMEOUT_MS,
            what: 'it to end',
            pauseMs: 200,
          });
        } catch {
          throw new SystemError('STILL_RUNNING', `The system (process ${up.pid}) has not ended yet.`, {
            hint: `Look at its logs in ${home.logDir}; "kill -9 ${up.pid}" ends it and all that it started.`,
          });
        } finally {
          progress.end();
        }
      }
      if (json === true) process.stdout.write(`${JSON.stringify({ stopped: up?.pid ?? null })}\n`);
      else process.stdout.write(up === null ? 'Nothing was running.\n' : 'Stopped. The next start finds its data.\n');
    });
}
