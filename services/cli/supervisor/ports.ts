import { createServer } from 'node:net';
import { SystemError } from './errors.ts';

/** True when nothing listens on this port of 127.0.0.1. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** @throws SystemError PORT_TAKEN when something listens on a port that a service is meant to have */
export async function requirePort(port: number, service: string): Promise<void> {
  if (await isPortFree(port)) return;
  throw new SystemError('PORT_TAKEN', `Port ${port}, meant for ${service}, is in use.`, {
    hint: 'End the program that uses it, or choose other ports with --port-base or TWOWAY_PORT_BASE.',
  });
}
