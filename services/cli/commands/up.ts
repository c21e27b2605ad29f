import { relative } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { apiOf, signInLink } from '../control-client.ts';
import { createProgress, type Progress } from '../progress.ts';
import { reportError } from '../report-error.ts';
import { fixedPorts, PORT_BASE } from '../supervisor/plan.ts';
import { type System, type SystemEvent, startSystem } from '../supervisor/system.ts';
import { plainTable } from '../table.ts';

interface UpOptions {
  tenants?: string;
  portBase: number;
  verbose?: boolean;
  json?: boolean;
}

/** `up`, which is `npm start`: everything, until Ctrl-C. */
export function upCommand(): Command {
  return new Command('up')
    .description('start the whole system on this machine, until Ctrl-C')
    .option('--tenants <file>', 'sync these real accounts; without it a sandbox with made-up ones is started')
    .option(
      '--port-base <port>',
      'first of the ports in use (TWOWAY_PORT_BASE)',
      portBase,
      portBase(process.env.TWOWAY_PORT_BASE ?? String(PORT_BASE)),
    )
    .option('--json', 'print the addresses as one JSON object when it is ready')
    .option('--verbose', 'say how long each part took and how much memory it uses')
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const startedAtMs = performance.now();
  const progress = createProgress(process.stderr, options);
  let system: System | undefined;
  let ending: Promise<void> | undefined;
  // Resolves with the exit code when everything has ended.
  const ended = Promise.withResolvers<number>();
  const end = (code: number): void => {
    if (ending !== undefined) process.exit(code === 0 ? 130 : code); // a second Ctrl-C: the children end with us
    ending = (system?.stop() ?? Promise.resolve()).then(() => ended.resolve(code), ended.reject);
  };
  const onSignal = (): void => {
    if (system === undefined) process.exit(130);
    process.stderr.write('\nStopping everything …\n');
    end(0);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  const giveUp = (error: Error): void => {
    if (system === undefined || ending !== undefined) return; // a failed start is told by its own error
    reportError(error, process.stderr);
    end(1);
  };
  try {
    system = await startSystem({
      ports: fixedPorts(options.portBase),
      ...(options.tenants === undefined ? {} : { tenantsFile: options.tenants }),
      onEvent: (event) => show(event, progress, options.verbose === true, () => ending !== undefined),
      onGiveUp: giveUp,
    });
  } finally {
    progress.end();
  }
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  if (options.json === true) process.stdout.write(`${JSON.stringify(addressesOf(system))}\n`);
  const out = options.json === true ? process.stderr : process.stdout;
  out.write(`\n${summary(system, options, await signInLink(apiOf(system)))}\n`);
  if (options.verbose === true) out.write(`\n${memoryTable(system)}\n`);
  out.write(`\n${pc.green('Ready')} after ${seconds} s. Ctrl-C, or twoway down, stops everything; data stays.\n`);
  process.exitCode = await ended.promise;
  if (process.exitCode === 0) process.stderr.write('Stopped. The next start finds its data.\n');
  process.exit();
}

function show(event: SystemEvent, progress: Progress, verbose: boolean, ending: () => boolean): void {
  if (event.kind === 'step') {
    const { phase, message, tookMs } = event;
    progress.show({ phase, message, ...(tookMs === undefined ? {} : { tookMs }) });
    return;
  }
  const { event: service } = event;
  if (service.kind === 'ready') {
    progress.show({ phase: 'done', message: `${service.service} is ready`, tookMs: service.tookMs });
  } else if (service.kind === 'starting' && verbose) {
    progress.show({ phase: 'working', message: `Starting ${service.service} (process ${service.pid})` });
  } else if (service.kind === 'died' && !ending()) {
    progress.end();
    process.stderr.write(`${pc.yellow(service.message)}\n`);
    for (const line of service.logTail.slice(-5)) process.stderr.write(pc.dim(`  | ${line}\n`));
  }
}

/** Addresses for programs. The token of the control API stays in its file. */
function addressesOf(system: System): object {
  const { KAFKA_BROKERS: kafkaBrokers, SCHEMA_REGISTRY_URL: schemaRegistryUrl } = system.env;
  return {
    services: Object.fromEntries(
      system.supervisor.services().map(({ name }) => [name, system.urlOf(name as 'control-api')]),
    ),
    ...{ kafkaBrokers, schemaRegistryUrl, redisUrl: withoutPassword(system.env.REDIS_URL ?? '') },
    tokenFile: system.home.tokenFile,
  };
}

/** Addresses, and what to try. */
function summary(system: System, options: { tenants?: string }, link: string): string {
  const sandbox = options.tenants === undefined;
  const logs = relative(process.cwd(), system.home.logDir);
  const token = relative(process.cwd(), system.home.tokenFile);
  const table = plainTable([
    ...(sandbox ? [['CRM and Unleashed', `${system.urlOf('sandbox')}/   (made up, for trying out)`]] : []),
    ['Console', `${link}   (works once; another: npx twoway sign-in)`],
    ['Control API', `${system.urlOf('control-api')}/v1/tenants   (bearer token in ${token})`],
    ['CRM change events', `${system.urlOf('crm-capture')}/hooks/crm/{tenantId}`],
    ['Kafka', system.env.KAFKA_BROKERS ?? ''],
    ['Schema registry', system.env.SCHEMA_REGISTRY_URL ?? ''],
    ['Redis', withoutPassword(system.env.REDIS_URL ?? '')],
    ['Logs', `${logs}/`],
  ]);
  const tries = sandbox
    ? [
        `Open ${system.urlOf('sandbox')}/ and edit a company or a contact on either side: the other follows.`,
        'npm run demo                 a guided tour, beside this',
        `curl -H "Authorization: Bearer $(cat ${token})" ${system.urlOf('control-api')}/v1/tenants`,
      ]
    : [
        `npm run check -- --tenants ${options.tenants}`,
        `curl -H "Authorization: Bearer $(cat ${token})" ${system.urlOf('control-api')}/v1/tenants`,
      ];
  return `${table}\n\nWhat to try:\n${tries.map((line) => `  ${line}`).join('\n')}`;
}

/** How much memory each process holds. */
export function memoryTable(system: System): string {
  const { total, parts } = system.rssBytes();
  const rows = parts.map(({ name, bytes }) => [name, megabytes(bytes)]);
  return plainTable([...rows, ['all together', megabytes(total)]], ['process', 'resident']);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

function portBase(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1024 && port <= 65_400) return port;
  throw new InvalidArgumentError('A port base is a number from 1024 to 65400.');
}
