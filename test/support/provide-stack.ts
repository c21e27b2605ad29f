import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStackError, localFolders, type PartKind, type StackAddresses, startStack } from '#local-stack';
import type { ProvidedStack } from './containers.ts';

/** The addresses that the environment names, empty where it names none. */
export function givenAddresses(env: NodeJS.ProcessEnv): StackAddresses {
  return {
    kafkaBrokers: (env.KAFKA_BROKERS ?? '').split(',').filter((broker) => broker !== ''),
    schemaRegistryUrl: env.SCHEMA_REGISTRY_URL ?? '',
    redisUrl: env.REDIS_URL ?? '',
  };
}

/** The servers that the environment does not name. */
export function missingParts(given: StackAddresses): PartKind[] {
  const missing: PartKind[] = [];
  if (given.kafkaBrokers.length === 0) missing.push('kafka');
  if (given.schemaRegistryUrl === '') missing.push('registry');
  if (given.redisUrl === '') missing.push('redis');
  return missing;
}

/**
 * One way to servers for tests: those that KAFKA_BROKERS, SCHEMA_REGISTRY_URL and REDIS_URL name; what is missing
 * comes from containers where a Docker engine answers, else from the local stack, with data of its own.
 *
 * @param say told what is going on, one line at a time
 */
export async function provideStack(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<ProvidedStack> {
  const given = givenAddresses(env);
  const missing = missingParts(given);
  if (missing.length === 0) return { addresses: given, stop: async () => {} };
  // Loaded only when needed: it takes a second, and most runs name their servers or have no Docker.
  const { dockerAnswers, startContainers } = await import('./containers.ts');
  const started = (await dockerAnswers()) ? await startContainers(missing) : await startLocal(missing, say);
  const { addresses } = started;
  return {
    addresses: {
      kafkaBrokers: missing.includes('kafka') ? addresses.kafkaBrokers : given.kafkaBrokers,
      schemaRegistryUrl: missing.includes('registry') ? addresses.schemaRegistryUrl : given.schemaRegistryUrl,
      redisUrl: missing.includes('redis') ? addresses.redisUrl : given.redisUrl,
    },
    stop: started.stop,
  };
}

async function startLocal(parts: PartKind[], say: (line: string) => void): Promise<ProvidedStack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'two-way-sync-test-'));
  try {
    const stack = await startStack({
      dataDir,
      downloadDir: localFolders().downloadDir,
      parts,
      onProgress: ({ part, phase, message }) => {
        if (part === 'downloads' && phase !== 'reused') say(message);
      },
      onExit: ({ error }) => say(`${error.message}\n${error.logTail.join('\n')}`),
    });
    return {
      addresses: stack,
      stop: async () => {
        await stack.stop();
        rmSync(dataDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true });
    if (error instanceof LocalStackError) say(`${error.message} ${error.hint}\n${error.logTail.join('\n')}`);
    throw error;
  }
}
