/** Orders of a person with rights, over the control API of a local system. */
import type { System } from './supervisor/system.ts';

const TIMEOUT_MS = 30_000;

/**
 * Calls the control API as an admin; gives status and text.
 *
 * @throws TypeError when it does not answer, DOMException TimeoutError after 30 s
 */
export async function callControl(
  system: Pick<System, 'urlOf' | 'token'>,
  method: 'GET' | 'PUT' | 'POST',
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${system.urlOf('control-api')}${path}`, {
    method,
    headers: { authorization: `Bearer ${system.token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

/**
 * Orders something, and resolves when it is in force.
 *
 * @throws Error when it is refused, or not decided in time
 */
export async function order(system: Pick<System, 'urlOf' | 'token'>, tenant: string, body: object): Promise<void> {
  const { status, text } = await callControl(system, 'POST', `/v1/tenants/${tenant}/requests`, body);
  if (status !== 200) throw new Error(`the control API answered ${status}: ${text}`);
}
