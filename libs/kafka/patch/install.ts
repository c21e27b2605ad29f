/**
 * Puts better versions of a few of kafkajs' own modules in place, before kafkajs is first loaded, and is the only
 * place from which the project gets hold of kafkajs (see `kafkajs.ts`).
 *
 * kafkajs 2.2.4 is from February 2023 and gets no releases; a fork would have to be published, and a patched copy of
 * node_modules would be lost with the next install. So the modules are replaced in `require.cache`: kafkajs' own
 * `require('./filterAbortedMessages')` then finds ours. The price is that it depends on kafkajs' file layout, and so on
 * exactly one version, which is checked; a test on a real broker holds each replacement.
 */
import { createRequire } from 'node:module';
import { KafkaError } from '../errors.ts';
import type { RawRecord } from './abort-filter.ts';
import { filterAbortedMessages } from './abort-filter.ts';
import { type DecompressorOf, decodeBatch, wholeBatches } from './decode-batch.ts';
import { createProduceEncoder } from './encode-produce.ts';
import { createRecordEncoder, type EncodedRecord, type RecordParts } from './encode-record.ts';
import { createEosManagerFactory, type EosPorts } from './eos-manager.ts';
import { groupMessagesPerPartition } from './group-messages.ts';
import { appendBatch } from './record-batches.ts';
import { createSendMessages, type SendMessagesParts } from './send-messages.ts';

/** The only version that the replacements were written for and tested with. */
export const KAFKAJS_VERSION = '2.2.4';

const require = createRequire(import.meta.url);

const FILTER = 'kafkajs/src/consumer/filterAbortedMessages.js';
const DECODE_MESSAGES = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
const GROUP_MESSAGES = 'kafkajs/src/producer/groupMessagesPerPartition.js';
const SEND_MESSAGES = 'kafkajs/src/producer/sendMessages.js';
const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
const PRODUCE = 'kafkajs/src/protocol/requests/produce/v3/request.js';
const EOS_MANAGER = 'kafkajs/src/producer/eosManager/index.js';
const ENCODER = 'kafkajs/src/protocol/encoder.js';
const REQUEST_QUEUE = 'kafkajs/src/network/requestQueue/index.js';

interface Decoder {
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}

/** Bytes before the magic byte in any message format, and the current magic. */
const MAGIC_OFFSET = 16;
const MAGIC_V2 = 2;

/** Marks our own modules: a second copy of this file (as test runners make) must recognise the first one's work. */
const REPLACED = Symbol.for('two-way-sync.kafkajs-replacement');

function isReplaced(exports: unknown): boolean {
  return typeof exports === 'function' && REPLACED in exports;
}

/** Replaces one of kafkajs' modules by what is made of the original, or throws if that is already loaded. */
function replaceModule(path: string, replacementOf: (original: unknown) => object): void {
  const id = require.resolve(path);
  const loaded = require.cache[id];
  if (loaded !== undefined) {
    if (isReplaced(loaded.exports)) return;
    throw new KafkaError(
      'kafkajs-loaded-early',
      'kafkajs was imported before its patches: import it through #kafka only',
    );
  }
  // Loading the original first gives a complete NodeModule, whose exports are then exchanged.
  require(id);
  const cached = require.cache[id];
  if (cached === undefined) throw new KafkaError('kafkajs-version', `kafkajs has no module ${path}`);
  cached.exports = Object.assign(replacementOf(cached.exports), { [REPLACED]: true });
}

/** Our `decodeMessages`; the format before record batches stays with kafkajs' own decoder. */
function createDecodeMessages() {
  const DecoderClass = require('kafkajs/src/protocol/decoder.js') as new (buffer: Buffer) => Decoder;
  const { lookupCodecByAttributes } = require('kafkajs/src/protocol/message/compression/index.js') as {
    lookupCodecByAttributes(attributes: number): { decompress(bytes: Buffer): Promise<Buffer> } | null;
  };
  const decompressorOf: DecompressorOf = (attributes) => lookupCodecByAttributes(attributes)?.decompress ?? null;
  const decodeOldFormat = require('kafkajs/src/protocol/messageSet/decoder.js') as (
    d: Decoder,
    size: number,
  ) => unknown;

  return async (decoder: Decoder): Promise<unknown> => {
    const size = decoder.readInt32();
    if (size <= 0 || !decoder.canReadBytes(size)) return [];
    const bytes = decoder.readBytes(size);
    if (bytes.readInt8(MAGIC_OFFSET) !== MAGIC_V2) return decodeOldFormat(new DecoderClass(bytes), size);

    const records: RawRecord[] = [];
    for (const batch of wholeBatches(bytes)) appendBatch(records, await decodeBatch(batch, decompressorOf));
    return records;
  };
}

/** Our `sendMessages`, with kafkajs' own class for the one error that it makes. */
function createSender() {
  const { KafkaJSMetadataNotLoaded } = require('kafkajs/src/errors.js') as {
    KafkaJSMetadataNotLoaded: new (message: string) => Error;
  };
  return (parts: SendMessagesParts) => createSendMessages(parts, (message) => new KafkaJSMetadataNotLoaded(message));
}

/** What the timer fix touches of kafkajs' request queue. */
interface RequestQueue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  pending: unknown[];
  checkPendingRequests(): void;
}

interface RequestQueueModule {
  prototype: { scheduleCheckPendingRequests: (this: RequestQueue) => void };
}

/** How long a queued request waits before it is looked at again when nothing throttles it; kafkajs' own figure. */
const CHECK_PENDING_REQUESTS_MS = 10;

/**
 * K12: kafkajs computes a delay from a "throttled until" of -1, which Node turns into 1 ms with a warning, and does so
 * with nothing pending, so that every connection runs a timer a thousand times a second. Ours waits for a sensible time
 * and only if something is pending.
 */
function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : CHECK_PENDING_REQUESTS_MS,
  );
}

/** What is touched of kafkajs' encoder: a buffer that grows. */
interface Encoder {
  buf: Buffer;
  offset: number;
}

interface EncoderModule {
  prototype: { ensureAvailable: (this: Encoder, length: number) => void };
}

/** kafkajs fills the room that it is about to write over with zeros first. */
function ensureAvailable(this: Encoder, length: number): void {
  const wanted = this.offset + length;
  if (wanted <= this.buf.length) return;
  const grown = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(wanted + 1)));
  this.buf.copy(grown, 0, 0, this.offset);
  this.buf = grown;
}

/** Is every replacement in place, in the very module objects that kafkajs uses? */
function assertInstalled(): void {
  const queue = require(REQUEST_QUEUE) as RequestQueueModule;
  const parts = [
    require(FILTER),
    require(GROUP_MESSAGES),
    require(DECODE_MESSAGES),
    require(SEND_MESSAGES),
    require(RECORD),
    require(PRODUCE),
    require(EOS_MANAGER),
    (require(ENCODER) as EncoderModule).prototype.ensureAvailable,
    queue.prototype.scheduleCheckPendingRequests,
  ];
  if (!parts.every(isReplaced)) throw new KafkaError('kafkajs-loaded-early', 'the patches of kafkajs are not in place');
}

/**
 * Installs the replacements and loads kafkajs.
 * @param version of the kafkajs that is installed; for tests
 * @throws KafkaError `kafkajs-version`, `kafkajs-loaded-early`
 */
export function loadPatchedKafkajs(version = installedVersion()): typeof import('kafkajs') {
  if (version !== KAFKAJS_VERSION) {
    throw new KafkaError(
      'kafkajs-version',
      `kafkajs ${version} is installed, but its defects are only known and patched in ${KAFKAJS_VERSION}: ` +
        `pin kafkajs to ${KAFKAJS_VERSION}`,
    );
  }
  replaceModule(RECORD, (theirs) => createRecordEncoder(theirs as (record: RecordParts) => EncodedRecord));
  // Version 3, on which all later ones are built.
  replaceModule(PRODUCE, (theirs) => {
    const checksum = require('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number;
    return createProduceEncoder(theirs as Parameters<typeof createProduceEncoder>[0], checksum);
  });
  replaceModule(FILTER, () => filterAbortedMessages);
  replaceModule(GROUP_MESSAGES, () => groupMessagesPerPartition);
  replaceModule(DECODE_MESSAGES, createDecodeMessages);
  replaceModule(SEND_MESSAGES, createSender);
  replaceModule(EOS_MANAGER, (theirs) => {
    const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
      createErrorFromCode(code: number): Error;
    };
    const produceVersions: EosPorts['produceVersions'] = require('kafkajs/src/protocol/requests/produce/index.js');
    const ports = { produceVersions, errorOf: createErrorFromCode, clientVersion: version };
    return createEosManagerFactory(theirs as Parameters<typeof createEosManagerFactory>[0], ports);
  });
  const encoder = require(ENCODER) as EncoderModule;
  encoder.prototype.ensureAvailable = Object.assign(ensureAvailable, { [REPLACED]: true });
  const queue = require(REQUEST_QUEUE) as RequestQueueModule;
  queue.prototype.scheduleCheckPendingRequests = Object.assign(scheduleCheckPendingRequests, { [REPLACED]: true });
  const kafkajs = require('kafkajs') as typeof import('kafkajs');
  assertInstalled();
  return kafkajs;
}

/** Loads one of kafkajs' own modules, after the patches. For `kafkajs-internals.ts` and `offset-fetch.ts` only. */
export function requireInternal(path: string): unknown {
  return require(`kafkajs/src/${path}`);
}

function installedVersion(): string {
  return (require('kafkajs/package.json') as { version: string }).version;
}
