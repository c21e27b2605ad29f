import { describe, expect, it } from 'vitest';
import { KafkaError } from '../errors.ts';
import { splitIntoCalls } from '../produce-calls.ts';
import { MAX_BATCH_BYTES } from '../records.ts';

const record = (topic: string, key: string, bytes: number) => ({ topic, key, value: Buffer.alloc(bytes) });

describe('K3: the partition of a record', () => {
  it('is set on every one, so that a retry cannot move it', () => {
    const calls = splitIntoCalls(
      [record('a', '1', 10), record('b', '2', 10), { topic: 'a', key: '3', value: null }],
      5,
      'p.',
    );
    expect(calls).toHaveLength(1);
    const messages = calls[0]?.topicMessages.flatMap((one) => one.messages) ?? [];
    expect(messages.map((one) => one.partition)).toEqual([5, 5, 5]);
    expect(calls[0]?.counts).toEqual(
      new Map([
        ['p.a', 2],
        ['p.b', 1],
      ]),
    );
  });

  it('gets at most one record batch of a bearable size in one call, in order', () => {
    const many = Array.from({ length: 50 }, (_, n) => record('a', String(n), 100_000));
    const calls = splitIntoCalls([...many, record('b', 'b', 10)], 0, '');
    for (const call of calls) {
      for (const { messages } of call.topicMessages) {
        expect(messages.reduce((sum, one) => sum + (one.value?.length ?? 0), 0)).toBeLessThan(MAX_BATCH_BYTES);
      }
    }
    const keys = calls.flatMap((call) =>
      call.topicMessages.filter((one) => one.topic === 'a').flatMap((one) => one.messages.map((m) => m.key)),
    );
    expect(keys).toEqual(many.map((one) => one.key));
    expect(calls[0]?.topicMessages.map((one) => one.topic)).toEqual(['a', 'b']);
  });

  it('is refused when it alone is too large for a batch', () => {
    expect(() => splitIntoCalls([record('a', 'k', MAX_BATCH_BYTES)], 0, '')).toThrow(KafkaError);
  });
});
