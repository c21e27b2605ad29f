/** Configuration of the service, from the environment. */
import {
  kafkaConfig,
  loadConfig,
  outboundConfig,
  redisConfig,
  registryConfig,
  serviceConfig,
  tenantsConfig,
} from '#runtime';

/** Reads and checks the environment; throws ConfigError with all mistakes at once. */
export function readConfig(env: NodeJS.ProcessEnv) {
  return loadConfig(
    {
      service: serviceConfig,
      kafka: kafkaConfig,
      registry: registryConfig,
      redis: redisConfig,
      tenants: tenantsConfig,
      outbound: outboundConfig,
    },
    env,
  );
}
