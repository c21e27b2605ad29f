/** A system of its own for a bench: started, aligned, measured, stopped, and nothing is left of it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { localFolders } from '#local-stack';
import { createProgress } from '../progress.ts';
import { createSandboxClient, type SandboxClient } from '../sandbox-client/client.ts';
import { differences } from '../sandbox-client/pairs.ts';
import { freePorts } from '../supervisor/plan.ts';
import type { SandboxSetup } from '../supervisor/sandbox.ts';
import { type System, type SystemOptions, startSystem } from '../supervisor/system.ts';
import { until } from '../wait.ts';

/** What a bench works on. */
export interface BenchSystem {
  readonly system: System;
  readonly sandbox: SandboxClient;
  /** Says what is going on, on standard error. */
  say(message: string): void;
  /** Waits until no field differs in any tenant. */
  settle(): Promise<void>;
}

/** What came out: for programs, and for people. */
export interface BenchReport {
  readonly report: object;
  readonly text: string;
}

/** How long the first alignment may take, milliseconds. */
const ALIGNMENT_MS = 10 * 60_000;

/** Starts a system, waits until both sides agree, measures, prints, and ends the process. */
export async function benchSystem(
  name: string,
  setup: SandboxSetup,
  json: boolean,
  measure: (bench: BenchSystem) => Promise<BenchReport>,
  serviceEnv: NonNullable<SystemOptions['serviceEnv']> = {},
): Promise<never> {
  const folder = join(localFolders().home, `bench-${name}`);
  const progress = createProgress(process.stderr, { json });
  rmSync(folder, { recursive: true, force: true });
  const system = await startSystem({
    folder,
    ports: await freePorts(),
    sandbox: setup,
    serviceEnv,
    onEvent: (event) => {
      if (event.kind === 'step') progress.show(event);
    },
  }).finally(() => progress.end());
  const end = async (): Promise<void> => {
    progress.end();
    await system.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('SIGINT', () => void end().finally(() => process.exit(130)));
  try {
    const sandbox = createSandboxClient(system.urlOf('sandbox'));
    const say = (message: string): void => progress.show({ phase: 'working', message });
    const settle = async (): Promise<void> => {
      for (const tenant of system.tenantIds) {
        await until(async () => (await differences(sandbox, tenant)).length === 0, {
          timeoutMs: ALIGNMENT_MS,
          pauseMs: 500,
          what: `both sides of ${tenant} to agree`,
        });
      }
    };
    say('Waiting for the first alignment');
    await settle();
    const { report, text } = await measure({ system, sandbox, say, settle });
    progress.end();
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : `${text}\n`);
  } finally {
    await end();
  }
  process.exit();
}
