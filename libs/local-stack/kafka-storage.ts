import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskFullError, isDiskFull, LocalStackError } from './errors.ts';

/** How long formatting may take, milliseconds: one start of Java on a loaded machine. */
const FORMAT_TIMEOUT_MS = 60_000;

/** A new cluster id: 16 random bytes as Kafka writes them, never starting with a dash. */
export function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/**
 * Formats a broker's storage unless that was done before. Safe to repeat after a crash at any point.
 *
 * @throws LocalStackError CHILD_DIED or DISK_FULL
 */
export async function formatStorage(options: {
  java: string;
  kafkaLibs: string;
  configFile: string;
  clusterId: string;
  folder: string;
}): Promise<void> {
  const marker = join(options.folder, 'formatted');
  if (existsSync(marker)) return;
  const { configFile, clusterId } = options;
  const args = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(options.kafkaLibs, '*')];
  const command = ['kafka.tools.StorageTool', 'format', '--ignore-formatted', '-t', clusterId, '-c', configFile];
  await new Promise<void>((resolve, reject) => {
    execFile(options.java, [...args, ...command], { timeout: FORMAT_TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) return resolve();
      const output = `${stdout}${stderr}`;
      if (isDiskFull(output)) return reject(diskFullError(options.folder, error));
      reject(
        new LocalStackError('CHILD_DIED', "Kafka's storage could not be formatted.", {
          hint: `See what it said, or delete ${options.folder} and start again.`,
          cause: error,
          logTail: output.trim().split('\n').slice(-20),
        }),
      );
    });
  });
  writeFileSync(marker, `${clusterId}\n`);
}
