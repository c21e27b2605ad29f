/** crm-capture: takes change events of the CRM, reads what they name and publishes full snapshots; catches up by time stamp. */
import { runFeedService } from '#feed';
import { createCrmClients } from '#prospect-crm';
import { readConfig } from './config.ts';
import { createLogic } from './logic.ts';
import { createCaptureMetrics } from './metrics.ts';

await runFeedService({
  name: 'crm-capture',
  side: 'crm',
  api: 'the CRM',
  topics: ['crm.company.v1', 'crm.contact.v1', 'crm.user.v1'],
  readConfig,
  createMetrics: createCaptureMetrics,
  createClients: createCrmClients,
  createLogic,
});
