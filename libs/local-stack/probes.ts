import { connect, type Socket } from 'node:net';

/** How long one probe may take, milliseconds. */
const PROBE_TIMEOUT_MS = 2_000;
/** No probe's answer is larger; what is, is not from our server. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Sends bytes to 127.0.0.1 and collects the answer until `complete` says so. Rejects on timeout, close or error. */
function ask(port: number, request: Buffer, complete: (answer: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let answer: Buffer = Buffer.alloc(0);
    const socket: Socket = connect({ host: '127.0.0.1', port });
    const finish = (error: Error | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      if (error === undefined) resolve(answer);
      else reject(error);
    };
    const timer = setTimeout(() => finish(new Error(`no answer on port ${port}`)), PROBE_TIMEOUT_MS);
    socket.once('connect', () => socket.write(request));
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length > MAX_ANSWER_BYTES) finish(new Error(`endless answer on port ${port}`));
      else if (complete(answer)) finish(undefined);
    });
    socket.once('error', finish);
    socket.once('close', () => finish(new Error(`connection to port ${port} closed`)));
  });
}

/** What a broker says about its cluster. */
export interface KafkaMetadata {
  /** Node ids of the brokers that are alive and unfenced. */
  brokerIds: number[];
  /** Cluster id that the storage was formatted with. */
  clusterId: string;
}

/**
 * Asks a broker for its cluster's metadata (Metadata request, version 4, no topics).
 *
 * Spoken by hand, in one request, because whoever starts a stack must not thereby load a Kafka client: the client
 * that this project uses has to be repaired before it is first loaded.
 */
export async function probeKafka(port: number): Promise<KafkaMetadata> {
  const clientId = 'local-stack';
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4 + 1);
  let at = request.writeInt32BE(request.length - 4, 0);
  at = request.writeInt16BE(3, at); // api key: Metadata
  at = request.writeInt16BE(4, at); // version
  at = request.writeInt32BE(1, at); // correlation id
  at = request.writeInt16BE(clientId.length, at);
  at += request.write(clientId, at, 'latin1');
  at = request.writeInt32BE(0, at); // topics: none
  request.writeInt8(0, at); // do not create topics

  const answer = await ask(port, request, (a) => a.length >= 4 && a.length >= 4 + a.readInt32BE(0));
  return parseMetadata(answer);
}

/** Reads the part of a Metadata v4 response that precedes the topics. Throws RangeError when it is not one. */
export function parseMetadata(answer: Buffer): KafkaMetadata {
  let at = 4 + 4 + 4; // size, correlation id, throttle time
  const count = answer.readInt32BE(at);
  at += 4;
  const readString = (): string => {
    const length = answer.readInt16BE(at);
    at += 2;
    if (length < 0) return '';
    const text = answer.toString('utf8', at, at + length);
    at += length;
    return text;
  };
  const brokerIds: number[] = [];
  for (let index = 0; index < count; index++) {
    brokerIds.push(answer.readInt32BE(at));
    at += 4;
    readString(); // host
    at += 4; // port
    readString(); // rack
  }
  return { brokerIds, clusterId: readString() };
}

/** Asks Redis who it is. Resolves with its process id; rejects while it does not answer. */
export async function probeRedis(port: number): Promise<number> {
  const answer = await ask(port, Buffer.from('PING\r\nINFO server\r\n'), (a) => a.includes('process_id:'));
  const text = answer.toString('latin1');
  if (!text.startsWith('+PONG')) throw new Error(`port ${port} is not Redis`);
  return Number(/process_id:(\d+)/.exec(text)?.[1]);
}

/** Lists the subjects of the registry; resolves when it answers with a list. */
export async function probeRegistry(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/apis/ccompat/v7/subjects`, {
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  });
  const body: unknown = await response.json();
  if (!response.ok || !Array.isArray(body)) throw new Error(`registry on port ${port} answered ${response.status}`);
}
