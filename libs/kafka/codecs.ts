/**
 * Compression (K11). gzip is kafkajs' own; zstd comes from Node's zlib. snappy and lz4 need native or unmaintained
 * packages, so they are left out: a batch compressed with one of them ends in `codec-missing`, and the project's topics
 * pin `compression.type` so that a foreign producer cannot write one.
 */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompressSync } from 'node:zlib';

const compress = promisify(zstdCompress);

/**
 * zstd, in the shape that kafkajs registers. What comes is decompressed on the spot: batches are small, and a turn in the
 * thread pool takes longer than the work, and much longer when the machine is busy.
 */
export const zstdCodec = {
  compress: (encoder: { buffer: Buffer }): Promise<Buffer> => compress(encoder.buffer),
  decompress: async (buffer: Buffer): Promise<Buffer> => zstdDecompressSync(buffer),
};
