import { expect, it } from 'vitest';
import { type Codec, createCodec, schemaTextOf, TOPICS } from '#contracts';
import { crmSnapshot, placeOf } from '../workload.ts';
import { createRecords } from './fan-out-records.ts';

const PLACE = placeOf(3, { links: 10, tenants: 2 });

async function codecWithoutServers(): Promise<Codec> {
  const codec = createCodec({
    registry: {
      idOf: async (subject) => TOPICS.findIndex((topic) => `${topic}-value` === subject),
      schemaOf: async (id) => schemaTextOf(TOPICS[id]!),
    },
  });
  await codec.prepare(TOPICS);
  return codec;
}

it('writes so many commands and bytes for an input as it was told', async () => {
  const codec = await codecWithoutServers();
  const records = createRecords(codec, { commandsPerInput: 0.35, bytesPerInput: 1_900 });
  let bytes = 0;
  let commands = 0;
  for (let n = 0; n < 1_000; n++) {
    const value = codec.encode('crm.company.v1', crmSnapshot(PLACE, `+44 ${n}`, 1_790_000_000_000 + n));
    const { decision, link, command } = records.fanOut('crm.company.v1', 2, String(n), value);
    for (const one of [decision, link, ...(command === null ? [] : [command])])
      bytes += one.key.length + one.value.length;
    if (command !== null) commands += 1;
  }
  expect(commands).toBe(350);
  expect(bytes / 1_000).toBeGreaterThan(1_850);
  expect(bytes / 1_000).toBeLessThan(1_950);
});
