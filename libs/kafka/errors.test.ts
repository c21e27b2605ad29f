import { expect, it } from 'vitest';
import { KafkaError, toKafkaError } from './errors.ts';

const foreign = (more: object) => Object.assign(new Error('says the broker'), more);

it.each([
  [{ type: 'INVALID_PRODUCER_EPOCH' }, 'fenced', true],
  [{ message: 'Unknown error code 90' }, 'fenced', true],
  [{ type: 'MESSAGE_TOO_LARGE', retriable: false }, 'record-too-large', false],
  [{ name: 'KafkaJSConnectionClosedError' }, 'connection', true],
  [{ type: 'SASL_AUTHENTICATION_FAILED' }, 'authentication', false],
  [{ type: 'UNSUPPORTED_SASL_MECHANISM' }, 'authentication', false],
  [{ type: 'ILLEGAL_SASL_STATE', retriable: false }, 'authentication', false],
  [{ type: 'TOPIC_AUTHORIZATION_FAILED' }, 'authorization', false],
  [{ name: 'KafkaJSNotImplemented' }, 'codec-missing', false],
  [{ type: 'NOT_ENOUGH_REPLICAS', retriable: true }, 'broker', true],
  [{ type: 'INVALID_TXN_STATE', retriable: false }, 'broker', false],
])('%o is %s', (more, code, retriable) => {
  const wrapped = new Error('outer', { cause: foreign(more) });
  expect(toKafkaError(wrapped, 'test')).toMatchObject({ code, retriable, name: 'KafkaError' });
});

it('says what a person has to do, where one has to', () => {
  const refused = toKafkaError(foreign({ type: 'ILLEGAL_SASL_STATE' }), 'test');
  expect(refused.hint).toContain('KAFKA_SASL_MECHANISM');
  expect(toKafkaError(foreign({ name: 'KafkaJSConnectionClosedError' }), 'test').hint).toBeUndefined();
});

it('leaves its own errors alone', () => {
  const own = new KafkaError('queue-full', 'full');
  expect(toKafkaError(own, 'test')).toBe(own);
});
