/**
 * Compression (K11). gzip is kafkajs' own; zstd comes from Node's zlib. snappy and lz4 need native or unmaintained
 * packages, so they are left out: a batch compressed with one of them ends in `codec-missing`, and the project's topics
 * pin `compression.type` so that a foreign producer cannot write one.
 */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** zstd, in the shape that kafkajs registers. */
export const zstdCodec = {
  compress: (encoder: { buffer: Buffer }): Promise<Buffer> => compress(encoder.buffer),
  decompress: (buffer: Buffer): Promise<Buffer> => decompress(buffer),
};
