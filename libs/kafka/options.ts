import type { ISocketFactory } from 'kafkajs';
import type { Logger } from 'pino';

/** How to reach Kafka. The same for every client of a process. */
export interface KafkaConfig {
  /** Addresses to begin with, `host:port`; the rest of the cluster is found through them. */
  brokers: string[];
  /** Name of this process in the broker's logs and quotas, for example `sync-processor`. */
  clientId: string;
  /** TLS: true for the system's authorities, or Node's own TLS options. Default: none. */
  ssl?: boolean | { ca?: string; cert?: string; key?: string; rejectUnauthorized?: boolean; servername?: string };
  /** User and password. Default: none. */
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
  /** Where kafkajs' messages go, after sorting (see `log-router.ts`). */
  logger: Logger;
  /** How long one TCP (and TLS) connection may take. Default 3,000 ms. */
  connectionTimeoutMs?: number;
  /** How long one request may take before it counts as lost. Default 10,000 ms. */
  requestTimeoutMs?: number;
  /** Makes the sockets; for tests that cut or delay connections. Default: kafkajs' own. */
  socketFactory?: ISocketFactory;
}
