import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { choosePort, isFree } from './ports.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test('a wanted port that is taken is named, with the part that wants it', async () => {
  const port = await takenPort();
  const error = await choosePort('registry', port, undefined).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'PORT_TAKEN', message: expect.stringMatching(`${port}.*registry`) });
});

test('the port used last is used again while it is free', async () => {
  const port = await choosePort('redis', undefined, undefined);
  expect(await isFree(port)).toBe(true);
  expect(await choosePort('redis', undefined, port)).toBe(port);
  const taken = await takenPort();
  expect(await choosePort('redis', undefined, taken)).not.toBe(taken);
});
