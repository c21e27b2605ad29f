import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { KafkaError } from '../errors.ts';
import { createGroupOffsets } from '../group-offsets.ts';
import { cleanUp, createTopics, readAll, testConfig, valuesOf } from '../testing/kit.ts';
import { startProxy } from '../testing/proxy.ts';
import { TransactionalProducer, type TransactionalProducerOptions } from '../transactional-producer.ts';

const { kafkaBrokers } = useStack();
const prefix = uniquePrefix('k06');
const config = testConfig(kafkaBrokers);
const group = `${prefix}group`;
const topics = ['in', 'out', 'out-0', 'out-1', 'other', 'rate'].map((name) => prefix + name);

beforeAll(() => createTopics(config, topics, 2));
afterAll(() => cleanUp(config, topics, [group]));

const optionsOf = (id: string, more: Partial<TransactionalProducerOptions> = {}): TransactionalProducerOptions => ({
  kafka: config,
  transactionalId: prefix + id,
  partition: 1,
  topicPrefix: prefix,
  transactionTimeoutMs: 10_000,
  callTimeoutMs: 10_000,
  compression: 'none',
  ...more,
});
const record = (topic: string, value: string) => ({ topic, key: 'k', value: Buffer.from(value) });
const at = (offset: number) => [{ topic: `${prefix}in`, partition: 1, offset: BigInt(offset) }];
const codeOf = (error: unknown) => (error instanceof KafkaError ? error.code : error);

describe('K4, K5: transactions one right after the other', () => {
  const COUNT = 40;

  it('needs no third of a second for each (K4), and sends offsets first without an error (K5)', async () => {
    const producer = await TransactionalProducer.fence(optionsOf('rate'));
    const begun = Date.now();
    for (let index = 1; index <= COUNT; index++) {
      await producer.begin();
      await producer.sendOffsets(group, at(index));
      const written = await producer.send([record('rate', `v${index}`), record('other', `v${index}`)]);
      expect([...written.keys()].sort()).toEqual(['other', 'rate']);
      await producer.commit();
    }
    // Not a matter of speed: with kafkajs' own back-off each of them would wait 300 ms at least once.
    expect(Date.now() - begun).toBeLessThan(COUNT * 300);
    await producer.discard();
    expect((await createOffsets((offsets) => offsets.read([`${prefix}in`], 1))).get(`${prefix}in`)?.offset).toBe(
      BigInt(COUNT),
    );
    expect(valuesOf(await readAll(config, `${prefix}rate`))).toHaveLength(COUNT);
  });
});

async function createOffsets<T>(use: (offsets: ReturnType<typeof createGroupOffsets>) => Promise<T>): Promise<T> {
  const offsets = createGroupOffsets(config, group);
  const result = await use(offsets);
  await offsets.close();
  return result;
}

describe('K6: after a failure', () => {
  it.each([
    { lost: 'before it reaches the broker', name: 'out-0', offset: 1_000n, committed: false },
    { lost: 'after it has taken effect', name: 'out-1', offset: 1_001n, committed: true },
  ])('settles a commit that is lost $lost by the fence of the next producer', async (wanted) => {
    const proxy = await startProxy();
    const { name } = wanted;
    const broken = await TransactionalProducer.fence(
      optionsOf(name, { kafka: { ...config, socketFactory: proxy.socketFactory } }),
    );
    await broken.begin();
    await broken.send([record(name, 'first')]);
    await broken.sendOffsets(group, at(Number(wanted.offset)));
    if (wanted.committed) proxy.setCut(() => true);
    else proxy.setRefusing(true);
    if (!wanted.committed) proxy.cutAll();
    await expect(broken.commit()).rejects.toBeInstanceOf(KafkaError);
    expect(await broken.begin().catch(codeOf)).toBe('poisoned');
    await broken.discard();
    await proxy.close();

    const next = await TransactionalProducer.fence(optionsOf(name));
    const offset = (await createOffsets((offsets) => offsets.read([`${prefix}in`], 1))).get(`${prefix}in`)?.offset;
    const visible = valuesOf(await readAll(config, prefix + name));
    expect(offset === wanted.offset).toBe(wanted.committed);
    expect(visible).toEqual(wanted.committed ? ['first'] : []);
    await next.begin();
    await next.send([record(name, 'second')]);
    await next.commit();
    await next.discard();
    expect(valuesOf(await readAll(config, prefix + name))).toEqual([...visible, 'second']);
  });

  it('fences the older owner of a transactional id, and aborts what it left open', async () => {
    const older = await TransactionalProducer.fence(optionsOf('owner'));
    await older.begin();
    await older.send([record('other', 'left open')]);
    const younger = await TransactionalProducer.fence(optionsOf('owner'));
    expect(await older.commit().catch(codeOf)).toBe('fenced');
    await older.discard();
    await younger.begin();
    await younger.send([record('other', 'of the younger')]);
    await younger.commit();
    await younger.discard();
    const seen = valuesOf(await readAll(config, `${prefix}other`)).filter((value) => !value.startsWith('v'));
    expect(seen).toEqual(['of the younger']);
  });

  it('refuses a record that is too large before anything is written', async () => {
    const producer = await TransactionalProducer.fence(optionsOf('large'));
    await producer.begin();
    const huge = { topic: 'out', key: 'k', value: Buffer.alloc(2_000_000) };
    expect(await producer.send([record('out', 'small'), huge]).catch(codeOf)).toBe('record-too-large');
    await producer.discard();
    expect(valuesOf(await readAll(config, `${prefix}out`))).not.toContain('small');
  });

  it('writes more than a record batch may hold, in order', async () => {
    const producer = await TransactionalProducer.fence(optionsOf('many'));
    const many = Array.from({ length: 60 }, (_, index) => ({
      topic: 'out',
      key: `many${index}`,
      value: Buffer.alloc(50_000, 'x'),
    }));
    await producer.begin();
    const written = (await producer.send(many)).get('out');
    await producer.commit();
    await producer.discard();
    const keys = (await readAll(config, `${prefix}out`)).filter((one) => one.key?.toString().startsWith('many'));
    expect(keys.map((one) => one.key?.toString())).toEqual(many.map((one) => one.key));
    expect([keys[0]?.offset, keys.at(-1)?.offset]).toEqual([written?.first, written?.last]);
  });
});
