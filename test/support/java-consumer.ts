/** Kafka's own client, in Java: the referee from outside, which knows nothing of this project or of its Kafka client. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { localFolders } from '#local-stack';
import { VERSIONS } from '../../libs/local-stack/versions.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, 'CountCommitted.java');

let fetched: Promise<string> | undefined;

/** Folder of the client and what it needs; fetched once, with Maven, whether or not the servers are ours. */
function clientFolder(): Promise<string> {
  fetched ??= fetchClient();
  return fetched;
}

async function fetchClient(): Promise<string> {
  const folder = join(localFolders().downloadDir, `kafka-clients-${VERSIONS.kafka}`);
  if (existsSync(folder)) return folder;
  const work = `${folder}.partial`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await writeFile(
    join(work, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>two-way-sync</groupId><artifactId>kafka-clients</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId>
<version>${VERSIONS.kafka}</version></dependency></dependencies></project>\n`,
  );
  const args = ['-q', '-B', '-f', join(work, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${work}`];
  await run('mvn', args, { timeout: 10 * 60_000 });
  await rename(work, folder);
  return folder;
}

/**
 * Counts the committed records of topics, each from its beginning to where it ends now, in one Java program.
 * @throws Error with what Java said, when a topic is not there or an end is not reached within two minutes.
 */
export async function countInJava(brokers: readonly string[], topics: readonly string[]): Promise<Map<string, number>> {
  const { stdout } = await run(
    'java',
    ['-XX:TieredStopAtLevel=1', '-cp', join(await clientFolder(), '*'), PROGRAM, brokers.join(','), ...topics],
    { timeout: 180_000 },
  );
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string])
      .map(([topic, count]) => [topic, Number(count)]),
  );
}
