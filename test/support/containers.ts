import getPort from 'get-port';
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers';
import type { PartKind, StackAddresses } from '#local-stack';

/** Servers for a test run, and how to end those that were started for it. */
export interface ProvidedStack {
  addresses: StackAddresses;
  stop: () => Promise<void>;
}

/** True when a Docker engine (or what speaks its protocol) answers on this machine. */
export async function dockerAnswers(): Promise<boolean> {
  return await getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

/** Starts the asked-for servers as containers, in the versions of docker-compose.yml. */
export async function startContainers(parts: readonly PartKind[]): Promise<ProvidedStack> {
  const started: StartedTestContainer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((container) => container.stop()));
  };
  const start = async (kind: PartKind, make: () => Promise<GenericContainer>, port: number): Promise<string> => {
    if (!parts.includes(kind)) return '';
    const container = await (await make()).start();
    started.push(container);
    return `${container.getHost()}:${container.getMappedPort(port)}`;
  };
  try {
    const [kafka, registry, redis] = await Promise.all([
      start('kafka', kafkaContainer, 9092),
      start('registry', registryContainer, 8080),
      start('redis', redisContainer, 6379),
    ]);
    return {
      addresses: {
        kafkaBrokers: kafka === '' ? [] : [kafka],
        schemaRegistryUrl: registry === '' ? '' : `http://${registry}/apis/ccompat/v7`,
        redisUrl: redis === '' ? '' : `redis://${redis}`,
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A broker has to advertise the address that clients use: so its port on the host is chosen beforehand. */
async function kafkaContainer(): Promise<GenericContainer> {
  const client = await getContainerRuntimeClient();
  const port = await getPort();
  return new GenericContainer('apache/kafka:4.4.0')
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${client.info.containerRuntime.host}:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/));
}

async function registryContainer(): Promise<GenericContainer> {
  return new GenericContainer('apicurio/apicurio-registry:3.0.9')
    .withExposedPorts(8080)
    .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', 8080));
}

async function redisContainer(): Promise<GenericContainer> {
  return new GenericContainer('redis:6.2-alpine')
    .withCommand(['redis-server', '--save', '', '--appendonly', 'no'])
    .withExposedPorts(6379);
}
