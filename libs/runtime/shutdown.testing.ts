/** A service in a process of its own, for shutdown.test.ts: does what its argument says. */
import { ConfigError } from './config.ts';
import { runService } from './shutdown.ts';

const how = process.argv[2];

await runService(
  'toy',
  async (service) => {
    service.closeWith('first', () => service.log.info('closed first'));
    service.closeWith('second', async () => {
      service.log.info('closing second');
      if (how === 'hang') await new Promise(() => undefined);
      if (how === 'close-fails') throw new Error('no close');
      service.log.info('closed second');
    });
    service.signal.addEventListener('abort', () => service.log.info('told to stop'));
    if (how === 'config') throw new ConfigError([{ variable: 'PORT', message: 'is odd.' }]);
    if (how === 'throw') throw new Error('cannot start');
    if (how === 'fail') setTimeout(() => service.fail(new Error('broke later')), 10);
    if (how === 'reject') setTimeout(() => void Promise.reject(new Error('nobody listens')), 10);
    if (how === 'uncaught') {
      setTimeout(() => {
        throw new Error('nobody catches');
      }, 10);
    }
    if (how === 'slow-start') {
      service.log.info('starting slowly');
      await new Promise((_resolve, reject) => {
        service.signal.addEventListener('abort', () => reject(new Error('start was cut')));
      });
    }
  },
  { closeLimitMs: 300 },
);
