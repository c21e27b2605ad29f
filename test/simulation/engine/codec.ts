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
