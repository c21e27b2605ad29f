/** unleashed-connector: reads Unleashed and publishes full snapshots of what is new. */
import { runFeedService } from '#feed';
import { createUnleashedClients } from '#unleashed';
import { readConfig } from './config.ts';
import { createLogic } from './logic.ts';
import { createConnectorMetrics } from './metrics.ts';

await runFeedService({
  name: 'unleashed-connector',
  side: 'unleashed',
  api: 'Unleashed',
  topics: ['unleashed.customer.v1', 'unleashed.contact.v1', 'unleashed.salesperson.v1'],
  readConfig,
  createMetrics: createConnectorMetrics,
  createClients: createUnleashedClients,
  createLogic,
});
