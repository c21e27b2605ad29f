import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Downloads } from './downloads.ts';
import { type BrokerNode, renderKafkaLogging, renderServerProperties } from './kafka-config.ts';
import type { PartName, PartPlan, PartPorts } from './parts.ts';
import { probeKafka, probeRedis, probeRegistry } from './probes.ts';

/** What makes the two Java servers start quicker: paths of class archives, absent where there is none. */
export interface ClassArchives {
  kafka?: string;
  registry?: string;
}

/** What all plans need. */
export interface PlanContext {
  dataDir: string;
  downloads: Downloads;
  /** The java program. */
  java: string;
  /** Most heap of one broker, MB. */
  brokerHeapMb: number;
  /** Class archives that make the Java servers start quicker. */
  archives: ClassArchives;
}

/** Flags for one Java server: its archive if there is one; one that does not fit is ignored without a word. */
function shareFlags(archive: string | undefined): string[] {
  return archive === undefined ? [] : ['-Xshare:auto', `-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off'];
}

/** Node id of a broker. */
export function brokerId(name: PartName): number {
  return name === 'kafka-3' ? 3 : name === 'kafka-2' ? 2 : 1;
}

/** Writes a broker's configuration and says how it is started. */
export function planKafka(
  context: PlanContext,
  name: PartName,
  ports: PartPorts,
  nodes: readonly BrokerNode[],
): PartPlan & { configFile: string } {
  const folder = join(context.dataDir, name);
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'server.properties');
  const loggingFile = join(folder, 'log4j2.properties');
  const logFile = join(folder, 'kafka.log');
  const node = nodes.find((n) => n.id === brokerId(name));
  if (node === undefined) throw new Error(`no broker ${name} among ${nodes.length}`);
  writeFileSync(configFile, renderServerProperties(node, nodes, join(folder, 'data')));
  writeFileSync(loggingFile, renderKafkaLogging(logFile));
  return {
    name,
    ports,
    command: [
      context.java,
      '-Xms128m',
      `-Xmx${context.brokerHeapMb}m`,
      '-XX:+UseSerialGC',
      // A broker that lives for minutes on a few cores would spend half of one on compiling better what it hardly runs again.
      '-XX:TieredStopAtLevel=1',
      ...shareFlags(context.archives.kafka),
      `-Dlog4j2.configurationFile=${loggingFile}`,
      '-cp',
      join(context.downloads.kafkaLibs, '*'),
      'kafka.Kafka',
      configFile,
    ],
    env: {},
    cwd: folder,
    outputFile: join(folder, 'kafka.out'),
    logFile,
    configFile,
    probe: async () => {
      const { brokerIds } = await probeKafka(ports.client);
      if (!brokerIds.includes(node.id)) throw new Error(`${name} has not joined its cluster`);
    },
  };
}

/** Says how the registry is started. Its database is a file, written through at once. */
export function planRegistry(context: PlanContext, ports: PartPorts): PartPlan {
  const folder = join(context.dataDir, 'registry');
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, 'registry.log');
  return {
    name: 'registry',
    ports,
    command: [
      context.java,
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...shareFlags(context.archives.registry),
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${ports.client}`,
      '-Dquarkus.log.level=WARN',
      '-Dquarkus.log.console.enable=false',
      '-Dquarkus.log.file.enable=true',
      `-Dquarkus.log.file.path=${logFile}`,
      '-Dquarkus.log.file.rotation.max-file-size=5M',
      '-Dquarkus.log.file.rotation.max-backup-index=1',
      '-jar',
      context.downloads.registryJar,
    ],
    env: {
      APICURIO_STORAGE_KIND: 'sql',
      APICURIO_STORAGE_SQL_KIND: 'h2',
      // Without WRITE_DELAY=0 a kill -9 loses the schemas of the last half second, and records that name them stay.
      APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(folder, 'db')};WRITE_DELAY=0`,
    },
    cwd: folder,
    outputFile: join(folder, 'registry.out'),
    logFile,
    probe: () => probeRegistry(ports.client),
  };
}

/** Says how Redis is started: in memory only, since what it holds is a view that can be rebuilt. */
export function planRedis(context: PlanContext, ports: PartPorts): PartPlan {
  const folder = join(context.dataDir, 'redis');
  mkdirSync(folder, { recursive: true });
  const outputFile = join(folder, 'redis.out');
  return {
    name: 'redis',
    ports,
    command: [
      context.downloads.redisServer,
      '--bind',
      '127.0.0.1',
      '--port',
      String(ports.client),
      '--save',
      '',
      '--appendonly',
      'no',
      '--loglevel',
      'warning',
      '--dir',
      folder,
    ],
    env: {},
    cwd: folder,
    outputFile,
    logFile: outputFile,
    probe: async (pid) => {
      const answeredBy = await probeRedis(ports.client);
      if (answeredBy !== pid) throw new Error(`another Redis answers on port ${ports.client}`);
    },
  };
}
