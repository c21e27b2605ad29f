import { expect, it } from 'vitest';
import { KafkaError, toKafkaError } from './errors.ts';

const foreign = (more: object) => Object.assign(new Error('says the broker'), more);

it.each([
  [{ type: 'INVALID_PRODUCER_EPOCH' }, 'fenced', true],
  [{ message: 'Unknown error code 90' }, 'fenced', true],
  [{ type: 'MESSAGE_TOO_LARGE', retriable: false }, 'record-too-large', false],
  [{ name: 'KafkaJSConnectionClosedError' }, 'connection', true],
  [{ type: 'TOPIC_AUTHORIZATION_FAILED' }, 'authorization', false],
  [{ name: 'KafkaJSNotImplemented' }, 'codec-missing', false],
  [{ type: 'NOT_ENOUGH_REPLICAS', retriable: true }, 'broker', true],
  [{ type: 'INVALID_TXN_STATE', retriable: false }, 'broker', false],
])('%o is %s', (more, code, retriable) => {
  const wrapped = new Error('outer', { cause: foreign(more) });
  expect(toKafkaError(wrapped, 'test')).toMatchObject({ code, retriable, name: 'KafkaError' });
});

it('leaves its own errors alone', () => {
  const own = new KafkaError('queue-full', 'full');
  expect(toKafkaError(own, 'test')).toBe(own);
});
