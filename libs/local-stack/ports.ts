import { createServer } from 'node:net';
import getPort from 'get-port';
import { LocalStackError } from './errors.ts';
import type { PartName } from './parts.ts';

/** Below the range that operating systems give to outgoing connections, so that none of those takes our port. */
const FREE_PORT_FIRST = 20_000;
const FREE_PORT_LAST = 31_999;
/** How many random candidates are tried before the operating system chooses. */
const CANDIDATES = 20;

/** True when nothing listens on this port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Chooses a port: the wanted one, which then must be free; else the last used one if it is; else any free one.
 *
 * @throws LocalStackError PORT_TAKEN when a wanted port is in use
 */
export async function choosePort(
  part: PartName,
  wanted: number | undefined,
  lastUsed: number | undefined,
): Promise<number> {
  if (wanted !== undefined) {
    if (await isFree(wanted)) return wanted;
    throw new LocalStackError('PORT_TAKEN', `Port ${wanted}, meant for ${part}, is in use by another program.`, {
      hint: `End that program, or choose another port for ${part}, or leave the choice to us.`,
    });
  }
  if (lastUsed !== undefined && (await isFree(lastUsed))) return lastUsed;
  const span = FREE_PORT_LAST - FREE_PORT_FIRST + 1;
  const candidates = Array.from({ length: CANDIDATES }, () => FREE_PORT_FIRST + Math.floor(Math.random() * span));
  return await getPort({ port: candidates, host: '127.0.0.1' });
}
