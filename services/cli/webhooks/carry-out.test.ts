import { describe, expect, it } from 'vitest';
import { PUBLIC_ONLY, parseOutbound } from '#runtime';
import { type Answering, useHttpServers } from '#test/support/http-server.ts';
import { createUnleashedClient, type UnleashedClient } from '#unleashed';
import { carryOut } from './carry-out.ts';

const { serve, atEnd } = useHttpServers();

/** A client of a server of this machine, which may be connected to or not. */
async function clientOf(answer: Answering, outbound = parseOutbound('127.0.0.1')): Promise<UnleashedClient> {
  const client = createUnleashedClient({
    ...{ baseUrl: await serve(answer), apiId: 'id', apiKey: 'key', timeoutMs: 5_000, outbound },
  });
  atEnd(() => client.close());
  return client;
}

const LIST = { action: 'list', notificationUrl: '', keyFile: '' } as const;

describe('what is to be done about an account', () => {
  it('whose address may not be connected to: nobody was asked, so nothing is said of its answers', async () => {
    let asked = 0;
    const client = await clientOf((_request, response) => {
      asked += 1;
      response.end();
    }, PUBLIC_ONLY);
    await expect(carryOut(client, LIST)).rejects.toMatchObject({
      code: 'UNLEASHED_REFUSED',
      message: expect.stringContaining('127.0.0.1 is not a public address and may not be connected to'),
      hint: expect.stringMatching(/^Give a public address, or allow this one with OUTBOUND_ALLOW/),
    });
    expect(asked).toBe(0);
  });

  it.each([
    [503, 'The system does not answer: check the base URL and the network.'],
    [401, 'The credentials are refused: check them, and whether they have been revoked.'],
    [404, 'There is no such API at the base URL.'],
  ])('that answers %d', async (status, hint) => {
    const client = await clientOf((_request, response) => void response.writeHead(status).end());
    await expect(carryOut(client, LIST)).rejects.toMatchObject({ code: 'UNLEASHED_REFUSED', hint });
  });
});
