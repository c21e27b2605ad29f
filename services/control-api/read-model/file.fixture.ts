/** A read model's file for tests, without Kafka: what would come from the topics is handed in. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Codec, createCodec, subjectOf, TOPICS, type TopicRecords } from '#contracts';
import { type Connection, connect, openForWriting } from './database.ts';
import type { Source } from './place.ts';
import { createWriter, type Decode, type SourceRecord, type Writer } from './writer.ts';

/** A record for a topic, and its key; null takes a link away. */
export type Input = { [T in Source]: { topic: T; key: string; record: TopicRecords[T] | null } }[Source];

/** A file with its writer. */
export interface TestFile {
  readonly folder: string;
  readonly codec: Codec;
  readonly writing: Connection;
  readonly reading: Connection;
  readonly writer: Writer;
  /** Writes records as one fetch of partition 0 of their topics. */
  put(inputs: readonly Input[]): Promise<void>;
  /** Judges everything: what is put from here on is judged at once. */
  build(): Promise<void>;
  remove(): void;
}

/** A codec that needs no registry. */
async function offlineCodec(): Promise<Codec> {
  const subjects = TOPICS.map((topic) => subjectOf(topic));
  const registry = { idOf: async (subject: string) => subjects.indexOf(subject) + 1, schemaOf: async () => null };
  const codec = createCodec({ registry });
  await codec.prepare(TOPICS);
  return codec;
}

/** Makes a file in a folder of its own. */
export async function createTestFile(): Promise<TestFile> {
  const folder = mkdtempSync(join(tmpdir(), 'read-model-'));
  const codec = await offlineCodec();
  const writing = openForWriting(folder, 'cluster', () => undefined);
  const reading = connect(folder, 'read');
  const writer = createWriter(writing, codec);
  const next = new Map<Source, bigint>();
  const decode: Decode = (topic, { value }) => codec.decode(topic, value!);
  return {
    folder,
    codec,
    writing,
    reading,
    writer,
    async put(inputs) {
      const records: SourceRecord[] = inputs.map(({ topic, key, record }) => {
        const offset = next.get(topic) ?? 0n;
        next.set(topic, offset + 1n);
        const value = record === null ? null : codec.encode(topic, record);
        return { topic, partition: 0, offset, key, value };
      });
      const topics = [...new Set(records.map(({ topic }) => topic))];
      const reached = topics.map((topic) => ({ topic, partition: 0, next: next.get(topic)! }));
      await writer.write(records, reached, decode);
    },
    build: () => writer.build(new AbortController().signal),
    remove() {
      reading.close();
      writing.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
