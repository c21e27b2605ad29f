/** unleashed-sink: carries out commands on Unleashed and answers each with one outcome. */
import { runSink } from '#sink';
import { createUnleashedClients } from '#unleashed';
import { createHandler } from './handle.ts';

await runSink({
  name: 'unleashed-sink',
  side: 'unleashed',
  api: 'Unleashed',
  topic: 'sync.command.unleashed.v1',
  createClients: createUnleashedClients,
  createHandler,
});
