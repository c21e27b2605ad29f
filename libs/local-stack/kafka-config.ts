/** One broker of the (possibly one-node) cluster, for the configuration file. */
export interface BrokerNode {
  /** Node id, from 1. */
  id: number;
  /** Port for clients and other brokers. */
  clientPort: number;
  /** Port of its KRaft controller. */
  controllerPort: number;
}

/**
 * The server.properties of one broker. Tuned for one machine: quick restart, little memory, compaction that can be
 * watched; every durability setting that the tests rely on is as in production.
 *
 * @param node the broker itself
 * @param nodes all brokers, itself included: 1 or 3
 * @param logDir folder for its data
 */
export function renderServerProperties(node: BrokerNode, nodes: readonly BrokerNode[], logDir: string): string {
  const replicas = nodes.length;
  const minInSync = replicas >= 3 ? 2 : 1;
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': nodes.map((n) => `${n.id}@127.0.0.1:${n.controllerPort}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${node.clientPort},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.clientPort}`,
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDir,

    // A misspelt topic must fail, not appear.
    'auto.create.topics.enable': false,
    'num.partitions': 8,
    'default.replication.factor': replicas,
    'min.insync.replicas': minInSync,
    'unclean.leader.election.enable': false,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInSync,
    'share.coordinator.state.topic.num.partitions': 1,

    // Exactly-once relies on the broker refusing writes of transactions that it does not know.
    'transaction.partition.verification.enable': true,
    // The next transaction of a producer waits for the markers of its last one, a few milliseconds, and not for Kafka's 20.
    'add.partitions.to.txn.retry.backoff.ms': 2,
    // A transaction left open by a killed process is settled within a second of its own timeout, not ten.
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1000,

    // Groups form at once, and tests may use short sessions.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,

    // After a kill -9 the new process waits until its predecessor's session has run out.
    'broker.session.timeout.ms': replicas === 1 ? 1500 : 3000,
    'broker.heartbeat.interval.ms': 300,
    'controlled.shutdown.enable': true,

    // Small segments, so that compaction and retention do something on a developer's amounts of data.
    'log.segment.bytes': 32 * 1024 * 1024,
    'log.index.size.max.bytes': 1024 * 1024,
    'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
    'log.cleaner.io.buffer.size': 256 * 1024,
    'log.cleaner.threads': 1,
    'log.cleaner.backoff.ms': 5000,
    'log.retention.check.interval.ms': 60_000,
    'num.recovery.threads.per.data.dir': 2,

    // Threads cost memory; a developer's machine has few cores.
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
  };
  return `${Object.entries(settings)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

/** Kafka's logging: warnings and errors into one file, at most three times 5 MB. */
export function renderKafkaLogging(logFile: string): string {
  return `status=error
name=local-stack
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName=${logFile}
appender.file.filePattern=${logFile}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{ISO8601} %p %c{1} %m%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=5MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2
rootLogger.level=warn
rootLogger.appenderRef.file.ref=file
`;
}
