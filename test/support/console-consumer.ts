/** Kafka's own console consumer: the referee from outside, which knows nothing of this project or of its Kafka client. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { localFolders } from '#local-stack';

const run = promisify(execFile);
/** The newest that there is; it brings a client of its own version. */
const VERSION = '4.3.1';

let fetched: Promise<string> | undefined;

/** Folder of the tool and everything it needs; fetched once, with Maven. */
function toolFolder(): Promise<string> {
  fetched ??= fetchTool();
  return fetched;
}

async function fetchTool(): Promise<string> {
  const folder = join(localFolders().downloadDir, `kafka-tools-${VERSION}`);
  if (existsSync(folder)) return folder;
  const work = `${folder}.partial`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await writeFile(
    join(work, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>two-way-sync</groupId><artifactId>kafka-tools</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId>
<version>${VERSION}</version></dependency></dependencies></project>\n`,
  );
  const args = ['-q', '-B', '-f', join(work, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${work}`];
  await run('mvn', args, { timeout: 10 * 60_000 });
  await rename(work, folder);
  return folder;
}

/**
 * Reads committed records of a topic with the console consumer until it has `expected` of them; gives how many it got, by
 * its own count: fewer when no more came for half a minute.
 */
export async function countWithConsoleConsumer(
  brokers: readonly string[],
  topic: string,
  expected: number,
): Promise<number> {
  const { stderr } = await run(
    'java',
    [
      ...['-XX:TieredStopAtLevel=1', '-cp', join(await toolFolder(), '*')],
      ...['org.apache.kafka.tools.consumer.ConsoleConsumer', '--bootstrap-server', brokers.join(',')],
      ...['--topic', topic, '--from-beginning', '--isolation-level', 'read_committed'],
      ...['--max-messages', String(expected), '--timeout-ms', '30000'],
    ],
    { timeout: 120_000, maxBuffer: 256 * 1024 * 1024, encoding: 'latin1' },
  );
  const counted = /Processed a total of (\d+) messages/.exec(stderr)?.[1];
  if (counted === undefined) throw new Error(`the console consumer said: ${stderr.slice(-500)}`);
  return Number(counted);
}
