import { Command } from 'commander';
import {
  createLog,
  kafkaClientConfig,
  kafkaConfig,
  loadConfig,
  registryClientConfig,
  registryConfig,
  serviceConfig,
} from '#runtime';
import { setUp } from '../setup.ts';

/** `setup`: topics and schemas on the servers that the environment names. A deployment runs it before the services. */
export function setupCommand(): Command {
  return new Command('setup')
    .description('create topics and register schemas on the servers of KAFKA_BROKERS and SCHEMA_REGISTRY_URL')
    .option('--json', 'print the result as JSON')
    .action(async (options: { json?: boolean }) => {
      const config = loadConfig({ service: serviceConfig, kafka: kafkaConfig, registry: registryConfig }, process.env);
      const log = createLog({ service: 'setup', level: 'warn', destination: process.stderr });
      const result = await setUp({
        kafka: kafkaClientConfig(config.kafka, { clientId: 'setup', log }),
        registry: registryClientConfig(config.registry),
        topicPrefix: config.service.topicPrefix,
        partitions: config.service.partitionCount,
      });
      if (options.json === true) return void process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      const { topicsCreated, schemasRegistered } = result;
      process.stdout.write(`${topicsCreated.length} topics created, ${schemasRegistered.length} schemas registered.\n`);
    });
}
