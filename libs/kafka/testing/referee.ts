/**
 * The judge of exactly-once: Kafka's own Java consumer with read_committed, from the jars of the local stack. A bug that
 * our writing and our reading share cannot hide from it.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { localFolders } from '#local-stack';
import type { KafkaConfig } from '../options.ts';
import { readAll } from './kit.ts';

const run = promisify(execFile);

/** A record as the judge saw it. */
export interface Seen {
  topic: string;
  partition: number;
  offset: bigint;
  /** Empty where there is none. */
  key: string;
  value: Buffer | null;
}

/** The jars of the local stack, if it has been downloaded. */
function findJars(): string | null {
  const { downloadDir } = localFolders();
  if (!existsSync(downloadDir)) return null;
  const found = readdirSync(downloadDir).find((name) => existsSync(join(downloadDir, name, 'kafka')));
  return found === undefined ? null : join(downloadDir, found, 'kafka', '*');
}

/** Every committed record of some topics. Where there are no jars (a stack in containers) our own reader has to do. */
export async function judge(config: KafkaConfig, ...topics: string[]): Promise<Seen[]> {
  const jars = findJars();
  if (jars === null) {
    const records = (await Promise.all(topics.map((topic) => readAll(config, topic)))).flat();
    return records.map(({ key, ...rest }) => ({ ...rest, key: key?.toString() ?? '' }));
  }
  const source = join(import.meta.dirname, 'Referee.java');
  const { stdout } = await run(
    'java',
    ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', jars, source, config.brokers.join(','), topics.join(',')],
    { timeout: 60_000, maxBuffer: 100_000_000 },
  );
  return stdout
    .split('\n')
    .filter((line) => /^\S+ \d+ \d+ \S* \S*$/.test(line))
    .map((line) => {
      const [topic = '', partition, offset, key = '-', value = '-'] = line.split(' ');
      return {
        topic,
        partition: Number(partition),
        offset: BigInt(offset ?? '0'),
        key: fromBase64(key)?.toString() ?? '',
        value: fromBase64(value),
      };
    });
}

const fromBase64 = (text: string): Buffer | null => (text === '-' ? null : Buffer.from(text, 'base64'));
