import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { parseMetadata, probeKafka, probeRedis, probeRegistry } from './probes.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers everything with the same bytes. */
async function answering(bytes: Buffer | undefined): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (bytes === undefined) socket.destroy();
    else socket.on('data', () => socket.write(bytes));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function string(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeInt16BE(text.length);
  return Buffer.concat([length, Buffer.from(text)]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const noRack = Buffer.from([0xff, 0xff]);

function metadata(ids: number[], clusterId: string): Buffer {
  const brokers = ids.flatMap((id) => [int32(id), string('127.0.0.1'), int32(9000 + id), noRack]);
  const body = Buffer.concat([
    int32(1),
    int32(0),
    int32(ids.length),
    ...brokers,
    string(clusterId),
    int32(1),
    int32(0),
  ]);
  return Buffer.concat([int32(body.length), body]);
}

test("a broker's answer is read: who is there, and which cluster it is", () => {
  expect(parseMetadata(metadata([1, 3], 'abc'))).toEqual({ brokerIds: [1, 3], clusterId: 'abc' });
  expect(parseMetadata(metadata([], ''))).toEqual({ brokerIds: [], clusterId: '' });
});

test('an answer that is cut off or foreign is an error, never a ready broker', async () => {
  expect(() => parseMetadata(metadata([1], 'abc').subarray(0, 20))).toThrow(RangeError);
  await expect(probeKafka(await answering(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')))).rejects.toThrow();
  await expect(probeKafka(await answering(undefined))).rejects.toThrow();
});

test('Redis is recognised by its answer', async () => {
  expect(await probeRedis(await answering(Buffer.from('+PONG\r\n$20\r\nprocess_id:4711\r\n')))).toBe(4711);
  await expect(probeRedis(await answering(Buffer.from('-LOADING process_id:1\r\n')))).rejects.toThrow('not Redis');
});

test('a registry that answers with something else is not ready', async () => {
  const page = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}';
  await expect(probeRegistry(await answering(Buffer.from(page)))).rejects.toThrow('registry');
});
