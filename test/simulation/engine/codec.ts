/** The project's codec with a registry that is always there: schema ids by place in the list of topics. */
import { type Codec, createCodec, subjectOf, TOPICS } from '#contracts';

/** A codec that is prepared for all topics. */
export async function createSimCodec(): Promise<Codec> {
  const subjects = TOPICS.map((topic) => subjectOf(topic));
  const registry = {
    idOf: async (subject: string) => subjects.indexOf(subject) + 1,
    schemaOf: async () => null,
  };
  const codec = createCodec({ registry });
  await codec.prepare(TOPICS);
  return codec;
}

/** The same for those who look at what was written and change nothing: each record is decoded once, however many look at it. */
export function decodingOnce(codec: Codec): Codec {
  const known = new WeakMap<Buffer, object>();
  return {
    ...codec,
    decodeKnown(topic, value) {
      let found = known.get(value);
      if (found === undefined) {
        found = codec.decodeKnown(topic, value);
        if (found !== undefined) known.set(value, found);
      }
      return found as ReturnType<typeof codec.decodeKnown<typeof topic>>;
    },
  };
}
