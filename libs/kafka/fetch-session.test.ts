/** A session against a broker that keeps books as Kafka's does: it must fetch what was wanted, whatever happens to it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFetchSession, type FetchTopic, type SessionFetch } from './fetch-session.ts';

const want = (topic: string, offsets: Record<number, number>): FetchTopic => ({
  topic,
  partitions: Object.entries(offsets).map(([partition, offset]) => ({
    partition: Number(partition),
    fetchOffset: String(offset),
    maxBytes: 1,
  })),
});

/** What a broker makes of fetches: the session's partitions, or an error code. */
function createBroker() {
  let session: { id: number; epoch: number; offsets: Map<string, string> } | null = null;
  let ids = 0;
  return {
    restart: () => {
      session = null;
    },
    fetch({ sessionId, sessionEpoch, topics, forgottenTopics }: SessionFetch) {
      if (sessionEpoch === 0) session = { id: ++ids, epoch: 0, offsets: new Map() };
      if (session === null || (sessionEpoch > 0 && session.id !== sessionId)) return { errorCode: 70, sessionId: 0 };
      if (session.epoch !== sessionEpoch) return { errorCode: 71, sessionId: 0 };
      session.epoch += 1;
      for (const { topic, partitions } of forgottenTopics) {
        for (const partition of partitions) session.offsets.delete(`${topic}/${partition}`);
      }
      for (const { topic, partitions } of topics) {
        for (const { partition, fetchOffset } of partitions) session.offsets.set(`${topic}/${partition}`, fetchOffset);
      }
      return { errorCode: 0, sessionId: session.id, fetched: Object.fromEntries(session.offsets) };
    },
  };
}

describe('a fetch session', () => {
  test('names all partitions once, then only those that moved, came or went', () => {
    const session = createFetchSession();
    const first = session.next([want('a', { 0: 5, 1: 7 }), want('b', { 0: 1 })]);
    expect(first).toMatchObject({ sessionId: 0, sessionEpoch: 0, forgottenTopics: [] });
    expect(first.topics).toEqual([want('a', { 0: 5, 1: 7 }), want('b', { 0: 1 })]);
    expect(session.accept({ errorCode: 0, sessionId: 42 })).toBe(true);
    expect(session.next([want('a', { 0: 5, 1: 8 }), want('b', { 1: 3 })])).toEqual({
      sessionId: 42,
      sessionEpoch: 1,
      topics: [want('a', { 1: 8 }), want('b', { 1: 3 })],
      forgottenTopics: [{ topic: 'b', partitions: [0] }],
    });
  });

  test('a broker without room for it is asked for everything each time', () => {
    const session = createFetchSession();
    for (let n = 0; n < 3; n++) {
      expect(session.next([want('a', { 0: 5 })])).toMatchObject({ sessionEpoch: 0, topics: [want('a', { 0: 5 })] });
      expect(session.accept({ errorCode: 0, sessionId: 0 })).toBe(true);
    }
  });

  test('the broker fetches exactly what is wanted, through restarts and lost answers', () => {
    const offsets = fc.dictionary(fc.constantFrom('0', '1', '2'), fc.nat(3));
    const fetches = fc.array(
      fc.record({ a: offsets, b: offsets, fate: fc.constantFrom('well', 'well', 'well', 'lost', 'unsent', 'restart') }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(fetches, (all) => {
        const session = createFetchSession();
        const broker = createBroker();
        for (const { a, b, fate } of all) {
          const wanted = [want('a', a), want('b', b)].filter(({ partitions }) => partitions.length > 0);
          if (fate === 'restart') broker.restart();
          const ask = session.next(wanted);
          if (fate === 'lost') broker.fetch(ask);
          if (fate === 'lost' || fate === 'unsent') {
            session.forget();
            continue;
          }
          let answer = broker.fetch(ask);
          if (!session.accept(answer)) {
            answer = broker.fetch(session.next(wanted));
            expect(session.accept(answer)).toBe(true);
          }
          const expected = wanted.flatMap(({ topic, partitions }) =>
            partitions.map(({ partition, fetchOffset }) => [`${topic}/${partition}`, fetchOffset]),
          );
          expect(answer.fetched).toEqual(Object.fromEntries(expected));
        }
      }),
    );
  });
});
