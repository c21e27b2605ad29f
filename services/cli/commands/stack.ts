import { Command, InvalidArgumentError } from 'commander';
import { localFolders, type PartStatus, resetStack, stackStatus, startStack, stopStack } from '#local-stack';
import { createProgress } from '../progress.ts';
import { plainTable } from '../table.ts';

interface CommonOptions {
  json?: boolean;
  dataDir: string;
}

interface UpOptions extends CommonOptions {
  brokers: 1 | 3;
  kafkaPort?: number;
  registryPort?: number;
  redisPort?: number;
}

/** `stack up | status | down | reset`: real Kafka, schema registry and Redis on this machine without Docker. */
export function stackCommand(): Command {
  const stack = new Command('stack').description('Kafka, schema registry and Redis on this machine, without Docker');
  const add = (name: string, description: string): Command =>
    stack
      .command(name)
      .description(description)
      .option('--json', 'print the result as JSON')
      .option('--data-dir <folder>', 'folder of its data', localFolders().dataDir);
  add('up', 'start what is not running, and leave it running')
    .option('--brokers <n>', 'Kafka brokers, 1 or 3', brokerCount, 1)
    .option('--kafka-port <port>', 'port of the first broker (default: a free one, the same as last time)', portNumber)
    .option('--registry-port <port>', 'port of the registry (default: likewise)', portNumber)
    .option('--redis-port <port>', 'port of Redis (default: likewise)', portNumber)
    .action(up);
  add('status', 'show what is running').action(status);
  add('down', 'end it; data stays').action(down);
  add('reset', 'end it and delete its data').action(reset);
  return stack;
}

async function up(options: UpOptions): Promise<void> {
  const progress = createProgress(process.stderr, options);
  const { kafkaPort, registryPort, redisPort } = options;
  try {
    const stack = await startStack({
      dataDir: options.dataDir,
      downloadDir: localFolders().downloadDir,
      brokers: options.brokers,
      detached: true,
      ports: {
        ...(kafkaPort === undefined ? {} : { kafka: [kafkaPort] }),
        ...(registryPort === undefined ? {} : { registry: registryPort }),
        ...(redisPort === undefined ? {} : { redis: redisPort }),
      },
      onProgress: progress.show,
    });
    await stack.release();
    const { kafkaBrokers, schemaRegistryUrl, redisUrl } = stack;
    if (options.json) return print({ kafkaBrokers, schemaRegistryUrl, redisUrl });
    process.stdout.write(
      `export KAFKA_BROKERS=${kafkaBrokers.join(',')}\n` +
        `export SCHEMA_REGISTRY_URL=${schemaRegistryUrl}\nexport REDIS_URL=${redisUrl}\n`,
    );
  } finally {
    progress.end();
  }
}

async function status(options: CommonOptions): Promise<void> {
  const parts = await stackStatus(options.dataDir);
  // As with systemctl: scripts can ask whether it is there.
  if (parts.length === 0 || parts.some((part) => part.state !== 'up')) process.exitCode = 3;
  if (options.json) return print(parts);
  process.stdout.write(parts.length === 0 ? 'Nothing was ever started here.\n' : `${statusTable(parts)}\n`);
}

async function down(options: CommonOptions): Promise<void> {
  const stopped = await stopStack(options.dataDir);
  if (options.json) return print({ stopped });
  process.stdout.write(stopped.length === 0 ? 'Nothing was running.\n' : `Ended ${stopped.join(', ')}. Data stays.\n`);
}

async function reset(options: CommonOptions): Promise<void> {
  await resetStack(options.dataDir);
  if (options.json) return print({ deleted: options.dataDir });
  process.stdout.write(`Ended what was running and deleted ${options.dataDir}.\n`);
}

/** A table for people: part, state, address, pid, up since, memory. */
export function statusTable(parts: readonly PartStatus[]): string {
  const rows = parts.map(({ name, state, address, pid, upSince, rssBytes }) => {
    const since = upSince === undefined ? '' : upSince.slice(0, 19).replace('T', ' ');
    const memory = rssBytes === 0 ? '' : `${Math.round(rssBytes / 1024 / 1024)} MB`;
    return [name, state, address, pid ?? '', since, memory];
  });
  return plainTable(rows, ['part', 'state', 'address', 'pid', 'up since', 'memory']);
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('A port is a number from 1 to 65535.');
}

function brokerCount(text: string): 1 | 3 {
  if (text === '1') return 1;
  if (text === '3') return 3;
  throw new InvalidArgumentError('Either 1 or 3.');
}
