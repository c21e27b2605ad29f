/**
 * Records ⇄ bytes: Confluent's framing (a zero byte, the schema id in four bytes, the Avro body).
 *
 * The registry client's own `decode` rebuilds a resolver on every call (8 k/s against 350 k/s and more), so this keeps one
 * resolver per writer id and encodes with the type directly. After `prepare`, encoding and the decoding of anything
 * written with a schema seen before are synchronous; only the first record of an unknown writer id asks the registry.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import avsc, { type Type } from 'avsc';
import { CodecError } from './codec-error.ts';
import type { TopicRecords } from './records.generated.ts';
import { createRegistryClient, type RegistryClient, type RegistryOptions } from './registry-client.ts';
import { SCHEMA_FOLDER, schemaFileName, subjectOf, type Topic } from './topics.ts';

/** What a codec asks a registry for. */
export type SchemaSource = Pick<RegistryClient, 'idOf' | 'schemaOf'>;

/** How a codec is made. */
export interface CodecOptions {
  /** The schema registry: where it is, or (in a simulation) something that answers like one. */
  registry: RegistryOptions | SchemaSource;
  /** What stands before every topic name. Default: nothing. */
  topicPrefix?: string;
}

/** Encodes and decodes the records of all topics. Safe to share; holds no connection. */
export interface Codec {
  /**
   * Fetches the schema ids of these topics; needed once before `encode`. Throws CodecError UNREGISTERED_SCHEMA (retriable)
   * when `setup` has not run, REGISTRY_UNAVAILABLE when the registry does not answer.
   */
  prepare(topics: readonly Topic[]): Promise<void>;
  /** Bytes of a record. Throws CodecError INVALID_RECORD with the path of the first field that does not fit. */
  encode<T extends Topic>(topic: T, record: TopicRecords[T]): Buffer;
  /** The record, read with this version's schema whatever schema wrote it. Throws CodecError; see its codes. */
  decode<T extends Topic>(topic: T, value: Buffer): Promise<TopicRecords[T]>;
  /** Like `decode` without waiting: undefined when the writer's schema must first be fetched (then `await decode`). */
  decodeKnown<T extends Topic>(topic: T, value: Buffer): TopicRecords[T] | undefined;
}

const MAGIC_BYTE = 0;
const HEADER_BYTES = 5;
const FIRST_SCRATCH_BYTES = 64 * 1024;
/** Ids that cannot be read are remembered for a while: a flood of foreign records must not become a flood of calls. */
const BAD_ID_MEMORY_MS = 30_000;
const MAX_BAD_IDS = 1_000;

/** Reads a body written with one writer schema as the topic's record. */
type Reader = (value: Buffer) => { value: unknown; offset: number };

/** The schema of a topic as this version of the project has it, as JSON text. */
export function schemaTextOf(topic: Topic): string {
  return readFileSync(join(SCHEMA_FOLDER, schemaFileName(topic)), 'utf8');
}

/** The avsc type of a schema text, with the options that all of this project uses. Throws when it is no valid schema. */
export function typeOfSchema(schemaText: string): Type {
  return avsc.Type.forSchema(JSON.parse(schemaText), { wrapUnions: 'never' });
}

/** A codec for the topics under `topicPrefix`. Opens nothing until the first call. */
export function createCodec(options: CodecOptions): Codec {
  const registry = 'idOf' in options.registry ? options.registry : createRegistryClient(options.registry);
  const prefix = options.topicPrefix ?? '';
  const types = new Map<Topic, Type>();
  const ids = new Map<Topic, number>();
  const readers = new Map<Topic, Map<number, Reader>>();
  const pending = new Map<string, Promise<Reader>>();
  const badIds = new Map<string, { error: CodecError; untilMs: number }>();
  let scratch = Buffer.allocUnsafe(FIRST_SCRATCH_BYTES);

  function typeOf(topic: Topic): Type {
    let type = types.get(topic);
    if (type === undefined) {
      type = typeOfSchema(schemaTextOf(topic));
      types.set(topic, type);
    }
    return type;
  }

  function readersOf(topic: Topic): Map<number, Reader> {
    let known = readers.get(topic);
    if (known === undefined) {
      known = new Map();
      readers.set(topic, known);
    }
    return known;
  }

  async function prepareTopic(topic: Topic): Promise<void> {
    if (ids.has(topic)) return;
    const type = typeOf(topic);
    const subject = subjectOf(topic, prefix);
    const id = await registry.idOf(subject, schemaTextOf(topic));
    if (id === null) {
      throw new CodecError('UNREGISTERED_SCHEMA', `${subject} does not have this version's schema: run setup first`);
    }
    ids.set(topic, id);
    readersOf(topic).set(id, (value) => type.decode(value, HEADER_BYTES, undefined));
  }

  /** Encodes into `scratch` after the header; gives the end, or negative when it does not fit (by how many bytes). */
  function writeBody(topic: Topic, type: Type, record: object): number {
    try {
      return type.encode(record, scratch, HEADER_BYTES);
    } catch (cause) {
      throw new CodecError('INVALID_RECORD', `${topic}: ${invalidPath(type, record)}`, cause);
    }
  }

  async function makeReader(topic: Topic, id: number): Promise<Reader> {
    const text = await registry.schemaOf(id);
    if (text === null) throw new CodecError('UNKNOWN_SCHEMA_ID', `${topic}: the registry does not know schema ${id}`);
    const reader = typeOf(topic);
    try {
      const resolver = reader.createResolver(typeOfSchema(text));
      return (value) => reader.decode(value, HEADER_BYTES, resolver);
    } catch (cause) {
      throw new CodecError('INCOMPATIBLE_SCHEMA', `${topic}: schema ${id} cannot be read as ${reader.name}`, cause);
    }
  }

  function remember(key: string, error: unknown): never {
    if (error instanceof CodecError && !error.retriable) {
      if (badIds.size >= MAX_BAD_IDS) badIds.clear();
      badIds.set(key, { error, untilMs: performance.now() + BAD_ID_MEMORY_MS });
    }
    throw error;
  }

  /** One registry call per unknown id, however many records wait for it. */
  function readerOf(topic: Topic, id: number): Promise<Reader> {
    const key = `${topic}#${id}`;
    const bad = badIds.get(key);
    if (bad !== undefined && bad.untilMs > performance.now()) return Promise.reject(bad.error);
    let reader = pending.get(key);
    if (reader === undefined) {
      reader = makeReader(topic, id)
        .catch((error) => remember(key, error))
        .finally(() => pending.delete(key));
      pending.set(key, reader);
    }
    return reader;
  }

  function read<T extends Topic>(topic: T, reader: Reader, value: Buffer): TopicRecords[T] {
    let result: ReturnType<Reader>;
    try {
      result = reader(value);
    } catch (cause) {
      throw new CodecError('MALFORMED', `${topic}: the bytes are not a record of the schema they name`, cause);
    }
    const { value: record, offset } = result;
    if (offset < 0) {
      throw new CodecError('TRUNCATED', `${topic}: the bytes (${value.length}) end before the record does`);
    }
    if (offset !== value.length) {
      throw new CodecError('MALFORMED', `${topic}: ${value.length - offset} bytes are left over after the record`);
    }
    return record as TopicRecords[T];
  }

  return {
    async prepare(topics) {
      await Promise.all(topics.map(prepareTopic));
    },

    encode(topic, record) {
      const id = ids.get(topic);
      const type = types.get(topic);
      if (id === undefined || type === undefined) throw new CodecError('NOT_PREPARED', `${topic} was not prepared`);
      let end = writeBody(topic, type, record);
      if (end < 0) {
        scratch = Buffer.allocUnsafe(2 * (scratch.length - end));
        end = writeBody(topic, type, record);
      }
      scratch[0] = MAGIC_BYTE;
      scratch.writeUInt32BE(id, 1);
      const bytes = Buffer.allocUnsafe(end);
      scratch.copy(bytes, 0, 0, end);
      return bytes;
    },

    decodeKnown(topic, value) {
      const reader = readers.get(topic)?.get(writerIdOf(topic, value));
      return reader === undefined ? undefined : read(topic, reader, value);
    },

    async decode(topic, value) {
      const id = writerIdOf(topic, value);
      let reader = readers.get(topic)?.get(id);
      if (reader === undefined) {
        reader = await readerOf(topic, id);
        readersOf(topic).set(id, reader);
      }
      return read(topic, reader, value);
    },
  };
}

function writerIdOf(topic: Topic, value: Buffer): number {
  if (value.length <= HEADER_BYTES || value[0] !== MAGIC_BYTE) {
    throw new CodecError('NOT_AVRO', `${topic}: ${value.length} bytes without Avro framing`);
  }
  return value.readUInt32BE(1);
}

/** Where a record does not fit its schema: path and wanted type, never the value. */
function invalidPath(type: Type, record: object): string {
  const found: string[] = [];
  type.isValid(record, {
    noUndeclaredFields: false,
    errorHook: (path, _value, wanted) => {
      if (found.length < 3) found.push(`${path.join('.')} is not ${wanted.typeName}`);
    },
  });
  return found.join('; ') || 'does not fit its schema';
}
