/** The codec and the registration against a real schema registry. */
import { beforeAll, describe, expect, test } from 'vitest';
import { uniquePrefix, useStack } from '#test/support/stack.ts';
import { createCodec, schemaTextOf, typeOfSchema } from './codec.ts';
import { CodecError } from './codec-error.ts';
import { EXAMPLES } from './examples.ts';
import { registerSchemas } from './registration.ts';
import { createRegistryClient } from './registry-client.ts';
import { subjectOf, TOPICS } from './topics.ts';

const registry = { url: useStack().schemaRegistryUrl };

async function failure(promise: Promise<unknown> | (() => unknown)): Promise<CodecError> {
  try {
    await (typeof promise === 'function' ? promise() : promise);
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('with all schemas registered', () => {
  const topicPrefix = uniquePrefix('codec');
  beforeAll(async () => {
    const results = await registerSchemas({ registry, topicPrefix });
    expect(results.map(({ result }) => result)).toEqual(TOPICS.map(() => 'new'));
  });

  test('every topic: what is encoded is decoded', async () => {
    const codec = createCodec({ registry, topicPrefix });
    await codec.prepare(TOPICS);
    for (const topic of TOPICS) {
      const value = codec.encode(topic, EXAMPLES[topic]);
      expect(value[0]).toBe(0);
      expect(codec.decodeKnown(topic, value)).toEqual(EXAMPLES[topic]);
      expect(await codec.decode(topic, value)).toEqual(EXAMPLES[topic]);
    }
  });

  test('another process decodes without preparing, after one look at the registry', async () => {
    const writer = createCodec({ registry, topicPrefix });
    await writer.prepare(['sync.link.v1']);
    const value = writer.encode('sync.link.v1', EXAMPLES['sync.link.v1']);
    const reader = createCodec({ registry, topicPrefix });
    expect(reader.decodeKnown('sync.link.v1', value)).toBeUndefined();
    expect(await reader.decode('sync.link.v1', value)).toEqual(EXAMPLES['sync.link.v1']);
    expect(reader.decodeKnown('sync.link.v1', value)).toEqual(EXAMPLES['sync.link.v1']);
  });

  test('a record larger than the scratch buffer is encoded whole', async () => {
    const codec = createCodec({ registry, topicPrefix });
    await codec.prepare(['sync.quarantine.v1']);
    const record = { ...EXAMPLES['sync.quarantine.v1'], value: Buffer.alloc(300_000, 7) };
    expect(codec.decodeKnown('sync.quarantine.v1', codec.encode('sync.quarantine.v1', record))).toEqual(record);
  });

  test('a record that does not fit is refused with its path and without its value', async () => {
    const codec = createCodec({ registry, topicPrefix });
    await codec.prepare(['sync.tenant.v1']);
    const record = { ...EXAMPLES['sync.tenant.v1'], timeZone: 4711 as unknown as string };
    const error = await failure(() => codec.encode('sync.tenant.v1', record));
    expect(error).toMatchObject({ code: 'INVALID_RECORD', retriable: false });
    expect(error.message).toContain('timeZone is not string');
    expect(error.message).not.toContain('4711');
  });

  test('a topic that was not prepared is refused', async () => {
    const codec = createCodec({ registry, topicPrefix });
    const error = await failure(() => codec.encode('sync.lane.v1', EXAMPLES['sync.lane.v1']));
    expect(error.code).toBe('NOT_PREPARED');
  });

  test.each([
    ['no bytes', Buffer.alloc(0), 'NOT_AVRO'],
    ['too short', Buffer.from([0, 0, 0, 0, 1]), 'NOT_AVRO'],
    ['JSON', Buffer.from('{"tenantId":"acme"}'), 'NOT_AVRO'],
    ['an id that the registry does not know', Buffer.from([0, 0x7f, 0, 0, 1, 2, 3]), 'UNKNOWN_SCHEMA_ID'],
  ])('undecodable: %s', async (_name, value, code) => {
    const codec = createCodec({ registry, topicPrefix });
    const error = await failure(codec.decode('crm.user.v1', value));
    expect(error).toMatchObject({ code, retriable: false });
    // The second one is answered from memory.
    expect((await failure(codec.decode('crm.user.v1', value))).code).toBe(code);
  });

  test('undecodable: cut off, too long, and of another topic', async () => {
    const codec = createCodec({ registry, topicPrefix });
    await codec.prepare(['crm.user.v1', 'sync.lane.v1']);
    const value = codec.encode('crm.user.v1', EXAMPLES['crm.user.v1']);
    const cut = await failure(codec.decode('crm.user.v1', value.subarray(0, value.length - 3)));
    expect(cut.code).toBe('TRUNCATED');
    const long = await failure(codec.decode('crm.user.v1', Buffer.concat([value, Buffer.from([1])])));
    expect(long.code).toBe('MALFORMED');
    const foreign = codec.encode('sync.lane.v1', EXAMPLES['sync.lane.v1']);
    expect((await failure(codec.decode('crm.user.v1', foreign))).code).toBe('INCOMPATIBLE_SCHEMA');
  });

  test('a record written with a later, compatible schema is read', async () => {
    const later = JSON.parse(schemaTextOf('crm.user.v1')) as { fields: object[] };
    later.fields.push({ name: 'team', type: ['null', 'string'], default: null, doc: 'Team of the user.' });
    const laterText = JSON.stringify(later);
    const registered = await createRegistryClient(registry).register(subjectOf('crm.user.v1', topicPrefix), laterText);
    if ('refused' in registered) throw new Error(registered.refused);
    const header = Buffer.alloc(5);
    header.writeUInt32BE(registered.id, 1);
    const body = typeOfSchema(laterText).toBuffer({ ...EXAMPLES['crm.user.v1'], team: 'south' });
    const codec = createCodec({ registry, topicPrefix });
    expect(await codec.decode('crm.user.v1', Buffer.concat([header, body]))).toEqual(EXAMPLES['crm.user.v1']);
  });
});

describe('registration', () => {
  test('is idempotent, and an incompatible change is refused with the registry’s reason', async () => {
    const topicPrefix = uniquePrefix('registration');
    const topics = ['crm.user.v1'] as const;
    const [first] = await registerSchemas({ registry, topicPrefix, topics });
    const [second] = await registerSchemas({ registry, topicPrefix, topics });
    expect([first?.result, second?.result]).toEqual(['new', 'unchanged']);
    expect(second?.id).toBe(first?.id);

    const schema = JSON.parse(schemaTextOf('crm.user.v1')) as { fields: { name: string }[] };
    for (const fields of [
      schema.fields.slice(1),
      [...schema.fields, { name: 'team', type: 'string', doc: 'Team of the user.' }],
    ]) {
      const schemaOf = () => JSON.stringify({ ...schema, fields });
      const [refused] = await registerSchemas({ registry, topicPrefix, topics, schemaOf });
      expect(refused).toMatchObject({ result: 'refused', id: null });
      expect(refused?.reason).not.toBe('');
    }
  });

  test('without it, preparing says what to do and that it may pass', async () => {
    const error = await failure(createCodec({ registry, topicPrefix: uniquePrefix('none') }).prepare(['sync.link.v1']));
    expect(error).toMatchObject({ code: 'UNREGISTERED_SCHEMA', retriable: true });
    expect(error.message).toContain('setup');
  });
});
