import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guard } from './children.ts';
import type { Downloads } from './downloads.ts';
import { formatStorage, newClusterId } from './kafka-storage.ts';
import { withLock } from './lock.ts';
import type { ProgressEvent } from './options.ts';
import { startPart } from './part.ts';
import type { PartPlan } from './parts.ts';
import { type ClassArchives, type PlanContext, planKafka, planRegistry } from './plans.ts';
import { choosePort } from './ports.ts';

/** How long one rehearsal may take, from start to the archive's being written, milliseconds. */
const REHEARSAL_TIMEOUT_MS = 90_000;

/** What `ensureClassArchives` takes. */
export interface ClassArchiveOptions {
  /** Folder of everything downloaded. */
  downloadDir: string;
  downloads: Downloads;
  /** The java program and its version: an archive is good for one build of Java only. */
  java: { program: string; version: string };
  /** Ends the rehearsal when this process is gone. */
  guard: Guard;
  onProgress: (event: ProgressEvent) => void;
}

/**
 * Class data archives for the broker and the registry. With them a start takes half the processor time (broker 7.0 s
 * → 3.9 s, registry 5.3 s → 3.3 s, measured), which on two cores is what a start consists of. They are made once per
 * Java version, by starting each server on an empty folder and ending it again, about 10 s in all.
 *
 * Never fails: a server without an archive only starts more slowly, and one whose archive does not fit ignores it.
 */
export async function ensureClassArchives(options: ClassArchiveOptions): Promise<ClassArchives> {
  const version = createHash('sha256').update(options.java.version).digest('hex').slice(0, 12);
  const folder = join(options.downloadDir, 'class-archives', `java-${version}`);
  const files = { kafka: join(folder, 'kafka.jsa'), registry: join(folder, 'registry.jsa') };
  const done = join(folder, 'done');
  const result = (): ClassArchives => ({
    ...(existsSync(files.kafka) ? { kafka: files.kafka } : {}),
    ...(existsSync(files.registry) ? { registry: files.registry } : {}),
  });
  if (existsSync(done)) return result();
  const startedAtMs = performance.now();
  try {
    await withLock(join(options.downloadDir, 'class-archives.lock'), 2 * REHEARSAL_TIMEOUT_MS, async () => {
      if (existsSync(done)) return;
      options.onProgress({
        part: 'downloads',
        phase: 'working',
        message: 'Rehearsing, once, so that starts are quick',
      });
      const stage = join(folder, 'rehearsal');
      await rm(stage, { recursive: true, force: true });
      await mkdir(stage, { recursive: true });
      await Promise.allSettled([
        rehearse(await kafkaPlan(stage, options), files.kafka, options.guard),
        rehearse(await registryPlan(stage, options), files.registry, options.guard),
      ]);
      await rm(stage, { recursive: true, force: true });
      // Also when a rehearsal failed: a Java that cannot do this is not asked again at every start.
      await writeFile(done, '');
      const tookMs = performance.now() - startedAtMs;
      options.onProgress({ part: 'downloads', phase: 'done', message: 'Rehearsed', tookMs });
    });
  } catch {
    // Another starter holds the lock for too long, or the folder is read-only: start without.
  }
  return result();
}

/** Starts a server, ends it cleanly so that it writes its archive, and puts that in place. */
async function rehearse(plan: PartPlan, archive: string, guard: Guard): Promise<void> {
  const draft = `${archive}.partial`;
  await rm(draft, { force: true });
  const [program, ...args] = plan.command;
  // The archive holds classes, not compiled code: compile as little as possible.
  const flags = [
    '-XX:+IgnoreUnrecognizedVMOptions',
    '-XX:TieredStopAtLevel=1',
    `-XX:ArchiveClassesAtExit=${draft}`,
    '-Xlog:cds=off',
  ];
  const part = await startPart({ ...plan, command: [program, ...flags, ...args] }, guard, () => {});
  try {
    await part.ready(REHEARSAL_TIMEOUT_MS);
  } finally {
    await part.end(REHEARSAL_TIMEOUT_MS);
  }
  await rename(draft, archive);
}

function rehearsalContext(dataDir: string, { downloads, java }: ClassArchiveOptions): PlanContext {
  return { dataDir, downloads, java: java.program, brokerHeapMb: 256, archives: {} };
}

async function kafkaPlan(dataDir: string, options: ClassArchiveOptions): Promise<PartPlan> {
  const ports = {
    client: await choosePort('kafka', undefined, undefined),
    controller: await choosePort('kafka', undefined, undefined),
  };
  const nodes = [{ id: 1, clientPort: ports.client, controllerPort: ports.controller }];
  const context = rehearsalContext(dataDir, options);
  const plan = planKafka(context, 'kafka', ports, nodes);
  await formatStorage({
    java: options.java.program,
    kafkaLibs: options.downloads.kafkaLibs,
    configFile: plan.configFile,
    clusterId: newClusterId(),
    folder: plan.cwd,
  });
  return plan;
}

async function registryPlan(dataDir: string, options: ClassArchiveOptions): Promise<PartPlan> {
  const ports = { client: await choosePort('registry', undefined, undefined) };
  return planRegistry(rehearsalContext(dataDir, options), ports);
}
