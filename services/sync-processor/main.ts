/** sync-processor: decides what has to be written where, tenant by tenant, exactly once. */
import {
  createRedis,
  describeError,
  kafkaClientConfig,
  kafkaConfig,
  loadConfig,
  redisConfig,
  registryClientConfig,
  registryConfig,
  runService,
  serviceConfig,
  startHttpServer,
} from '#runtime';
import { type Processor, startProcessor } from './app.ts';
import { processorConfig } from './options.ts';

await runService('sync-processor', async (service) => {
  const config = loadConfig(
    { service: serviceConfig, kafka: kafkaConfig, registry: registryConfig, redis: redisConfig, own: processorConfig },
    process.env,
  );
  const { log, metrics, signal } = service;
  const redis = createRedis(config.redis, log);
  service.closeWith('redis', () => redis.close());

  let processor: Processor | undefined;
  let waiting = 'waiting for topics and schemas';
  const http = await startHttpServer({
    config: config.service,
    log,
    metrics,
    checks: {
      redis: () => redis.ping(),
      tasks: async () => {
        const state = processor?.ready() ?? { ready: false, reasons: [waiting] };
        if (!state.ready) throw new Error(state.reasons.join('; '));
      },
    },
  });
  service.closeWith('http', () => http.close());

  processor = await startProcessor({
    kafka: kafkaClientConfig(config.kafka, { clientId: service.name, log }),
    registry: registryClientConfig(config.registry),
    redis,
    metrics,
    log,
    signal,
    onWaiting: (error) => {
      const { message, hint } = describeError(error);
      waiting = `waiting for topics and schemas: ${message} ${hint}`.trimEnd();
    },
    topicPrefix: config.service.topicPrefix,
    ...config.own,
  });
  service.closeWith('tasks', () => processor?.stop() ?? Promise.resolve());
  log.info({ url: http.url }, 'sync-processor is running');
});
