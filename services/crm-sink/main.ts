/** crm-sink: carries out commands on the CRM and answers each with one outcome. */
import { createCrmClients } from '#prospect-crm';
import { runSink } from '#sink';
import { createHandler } from './handle.ts';

await runSink({
  name: 'crm-sink',
  side: 'crm',
  api: 'the CRM',
  topic: 'sync.command.crm.v1',
  createClients: createCrmClients,
  createHandler,
});
