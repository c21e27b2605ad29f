/** The follower as a process of its own, so that it can be killed: brokers, registry, prefix and folder as arguments. */
import { createCodec } from '#contracts';
import { createLog, createMetrics } from '#runtime';
import { createFollower } from './follower.ts';

const [brokers = '', url = '', topicPrefix = '', folder = ''] = process.argv.slice(2);
const log = createLog({ service: 'follow', level: 'fatal' });
createFollower({
  folder,
  kafka: { brokers: brokers.split(','), clientId: 'follow', logger: log },
  codec: createCodec({ registry: { url }, topicPrefix }),
  topicPrefix,
  log,
  metrics: createMetrics('follow'),
}).start();
