/**
 * Makes kafkajs clients with this project's settings. Each part of the library asks for an instance of its own, because
 * kafkajs keeps one map of committed offsets per instance and writes into it from `sendOffsets`, before the commit (K7):
 * a transactional producer and a consumer that shared an instance would see each other's unfinished work.
 */
import type { Kafka as KafkaInstance, LogEntry, RetryOptions, SASLOptions } from 'kafkajs';
import type { Logger } from 'pino';
import { Kafka, logLevel } from './kafkajs.ts';
import { leaveLostCoordinators, rememberCoordinators, useFetchSessions } from './kafkajs-internals.ts';
import { createLogRouter } from './log-router.ts';
import type { KafkaConfig } from './options.ts';
import { createSockets, type Sockets } from './sockets.ts';

/** What a client is for; decides how kafkajs retries inside. */
export type ClientPurpose = 'consumer' | 'admin' | 'producer' | 'transactional-producer';

/** A single TCP and TLS handshake. */
const CONNECTION_TIMEOUT_MS = 3_000;
/** One request; shorter than a session, so that a lost answer does not cost the membership. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * kafkajs takes other defaults when NODE_ENV is `test`, so every field is set. Retries are limited everywhere: whoever
 * gives up on a kafkajs client cannot stop its retries, only outlive them.
 */
const RETRY: Record<ClientPurpose, Required<Omit<RetryOptions, 'restartOnFailure'>>> = {
  consumer: { initialRetryTime: 50, multiplier: 2, factor: 0.2, maxRetryTime: 1_000, retries: 10 },
  admin: { initialRetryTime: 50, multiplier: 2, factor: 0.2, maxRetryTime: 300, retries: 15 },
  // About 90 s of tries, beyond any delivery deadline; the same batch again under the same sequence number is harmless.
  producer: { initialRetryTime: 20, multiplier: 2, factor: 0.2, maxRetryTime: 1_000, retries: 100 },
  // K4: CONCURRENT_TRANSACTIONS is answered while the last commit's markers are still being written, a few ms.
  'transactional-producer': { initialRetryTime: 2, multiplier: 1.5, factor: 0.2, maxRetryTime: 200, retries: 100 },
};

/** One router for each logger, so that an outage is reported once and not once per client. */
const routers = new WeakMap<Logger, (entry: LogEntry) => void>();

function routerOf(logger: Logger): (entry: LogEntry) => void {
  let router = routers.get(logger);
  if (router === undefined) {
    router = createLogRouter(logger);
    routers.set(logger, router);
  }
  return router;
}

/**
 * @param purpose what the instance will be used for; never use it for anything else
 * @returns an instance of kafkajs, not connected
 */
export function createKafka(config: KafkaConfig, purpose: ClientPurpose): KafkaInstance {
  const route = routerOf(config.logger);
  const sockets = createSockets(config.socketFactory);
  const kafka = new Kafka({
    brokers: config.brokers,
    clientId: config.clientId,
    connectionTimeout: config.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS,
    requestTimeout: config.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    retry: RETRY[purpose],
    logLevel: logLevel.INFO,
    logCreator: () => route,
    socketFactory: sockets.factory,
    ...(config.ssl === undefined ? {} : { ssl: config.ssl }),
    ...(config.sasl === undefined ? {} : { sasl: config.sasl as SASLOptions }),
  });
  if (purpose === 'transactional-producer') rememberCoordinators(kafka);
  if (purpose === 'consumer') {
    leaveLostCoordinators(kafka);
    useFetchSessions(kafka);
  }
  socketsOf.set(kafka, sockets);
  return kafka;
}

const socketsOf = new WeakMap<KafkaInstance, Sockets>();

/** The end of an instance, after its clients were disconnected as well as they could be: see `sockets.ts`. */
export function closeKafka(kafka: KafkaInstance): void {
  socketsOf.get(kafka)?.close();
}
