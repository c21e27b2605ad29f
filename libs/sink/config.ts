/** Configuration of the service, from the environment. */
import { apiServiceConfig, loadConfig } from '#runtime';

/** Reads and checks the environment; throws ConfigError with all mistakes at once. */
export function readConfig(env: NodeJS.ProcessEnv) {
  return loadConfig(apiServiceConfig, env);
}
