/** The servers that a command talks to: those of the environment, else those of the system that runs here. */
import { createCodec, type RegistryOptions } from '#contracts';
import type { KafkaConfig } from '#kafka';
import { localFolders } from '#local-stack';
import {
  createLog,
  kafkaClientConfig,
  kafkaConfig,
  loadConfig,
  registryClientConfig,
  registryConfig,
  serviceConfig,
} from '#runtime';
import { SystemError } from './supervisor/errors.ts';
import { readUpState, systemHome } from './supervisor/home.ts';

/** A cluster to talk to. */
export interface Cluster {
  readonly kafka: KafkaConfig;
  readonly registry: RegistryOptions;
  readonly topicPrefix: string;
  readonly partitions: number;
}

/**
 * @throws SystemError NOT_RUNNING when neither the environment nor a running system says where the servers are, and ConfigError
 * when the environment says it wrongly
 */
export function findCluster(clientId: string, env: NodeJS.ProcessEnv = process.env): Cluster {
  const running = readUpState(systemHome(localFolders(env).home));
  if (running === null && !env.KAFKA_BROKERS) {
    throw new SystemError('NOT_RUNNING', 'No system runs on this machine.', {
      hint: 'Start one with npm start, or name other servers with KAFKA_BROKERS and SCHEMA_REGISTRY_URL.',
    });
  }
  const config = loadConfig(
    { service: serviceConfig, kafka: kafkaConfig, registry: registryConfig },
    { ...running?.services['control-api']?.env, ...env },
  );
  const log = createLog({ service: clientId, level: 'error', destination: process.stderr });
  return {
    kafka: kafkaClientConfig(config.kafka, { clientId, log }),
    registry: registryClientConfig(config.registry),
    topicPrefix: config.service.topicPrefix,
    partitions: config.service.partitionCount,
  };
}

/** A codec for the cluster's topics. */
export function codecOf({ registry, topicPrefix }: Cluster) {
  return createCodec({ registry, topicPrefix });
}
