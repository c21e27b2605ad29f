/**
 * Compression (K11). gzip is kafkajs' own; zstd comes from Node's zlib. snappy and lz4 need native or unmaintained
 * packages, so they are left out: a batch compressed with one of them ends in `codec-missing`, and the project's topics
 * pin `compression.type` so that a foreign producer cannot write one.
 */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompressSync } from 'node:zlib';

const compress = promisify(zstdCompress);

/**
 * How much longer than its compressed form a batch is taken to be, and the room that is made at least and at most, bytes.
 * Node would make room in pieces of 16 kB and join them, which takes as long as the work itself. What it made room for it keeps until
 * the whole heap is collected, not the young part alone: room for a batch of one record is no larger than that needs.
 */
const RATIO = 10;
const MIN_ROOM_BYTES = 4 * 1024;
const MAX_ROOM_BYTES = 1024 * 1024;

/**
 * zstd, in the shape that kafkajs registers. What comes is decompressed on the spot: batches are small, and a turn in the
 * thread pool takes longer than the work, and much longer when the machine is busy.
 */
export const zstdCodec = {
  compress: (encoder: { buffer: Buffer }): Promise<Buffer> => compress(encoder.buffer),
  decompress: async (buffer: Buffer): Promise<Buffer> => {
    const chunkSize = Math.max(MIN_ROOM_BYTES, Math.min(RATIO * buffer.length, MAX_ROOM_BYTES));
    return zstdDecompressSync(buffer, { chunkSize });
  },
};
