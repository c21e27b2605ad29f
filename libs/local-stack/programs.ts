import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LocalStackError, OTHER_WAYS } from './errors.ts';
import { JAVA_MAJOR_MIN } from './versions.ts';

/** How long `java -version` may take, milliseconds; a first start from a cold disk is slow. */
const VERSION_TIMEOUT_MS = 20_000;

/** The java program: JAVA_HOME's when set, else the first in PATH. */
export function javaProgram(env: NodeJS.ProcessEnv): string {
  const home = env.JAVA_HOME;
  const fromHome = home === undefined || home === '' ? undefined : join(home, 'bin', 'java');
  return fromHome !== undefined && existsSync(fromHome) ? fromHome : 'java';
}

/**
 * Makes sure that there is a Java that Kafka runs on.
 *
 * @returns the program to run, and all that it says about its version
 * @throws LocalStackError JAVA_MISSING or JAVA_TOO_OLD
 */
export async function requireJava(env: NodeJS.ProcessEnv = process.env): Promise<{ program: string; version: string }> {
  const program = javaProgram(env);
  const hint = `Install Java ${JAVA_MAJOR_MIN} or later (for example openjdk-${JAVA_MAJOR_MIN}-jre-headless), ${OTHER_WAYS}.`;
  const output = await run(program, ['-version'], env).catch((cause: unknown) => {
    throw new LocalStackError('JAVA_MISSING', 'Java was not found, and the local Kafka needs it.', { hint, cause });
  });
  const major = parseJavaMajor(output);
  if (major === undefined || major < JAVA_MAJOR_MIN) {
    const found = major === undefined ? 'of an unknown version' : String(major);
    throw new LocalStackError(
      'JAVA_TOO_OLD',
      `Java ${found} was found (${program}), but the local Kafka needs ${JAVA_MAJOR_MIN} or later.`,
      { hint },
    );
  }
  return { program, version: output };
}

/** Major version out of the output of `java -version`: 17 for "17.0.15", 8 for "1.8.0_402", 26 for "26-ea". */
export function parseJavaMajor(output: string): number | undefined {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(output);
  if (match === null) return undefined;
  return match[1] === '1' && match[2] !== undefined ? Number(match[2]) : Number(match[1]);
}

/**
 * Makes sure that there is a Maven; it is needed only until everything is downloaded.
 *
 * @returns the program to run
 * @throws LocalStackError MAVEN_MISSING
 */
export async function requireMaven(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  await run('mvn', ['--version'], env).catch((cause: unknown) => {
    throw new LocalStackError('MAVEN_MISSING', 'Maven (mvn) was not found; it is needed once, to fetch the servers.', {
      hint: `Install Maven 3.6 or later, ${OTHER_WAYS}.`,
      cause,
    });
  });
  return 'mvn';
}

/** Runs a program to its end; resolves with what it wrote, stdout and stderr. */
function run(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, timeout: VERSION_TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(`${stdout}${stderr}`);
      else reject(error);
    });
  });
}
