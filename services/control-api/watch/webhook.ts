/**
 * Tells a webhook of incidents: one POST of all that is due of a tenant, signed.
 *
 * `X-Twoway-Timestamp` is seconds since 1970, `X-Twoway-Signature` is `sha256=` and the HMAC-SHA-256 of `timestamp.body` in
 * hexadecimal. A receiver computes it anew, compares in constant time and refuses old timestamps. The address is configured by
 * the operator, in the environment: nobody who uses the console can make this service call another one.
 */
import { createHmac } from 'node:crypto';
import { type Alert, alertKey } from '#contracts';
import type { Secret } from '#runtime';

/** Longest wait for an answer, milliseconds. */
const DEADLINE_MS = 10_000;

/** Where notices go. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: Secret;
}

/** The signature of a body. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** Tells of incidents of one tenant; gives why they were not taken, null when they were. Never rejects. */
export async function tellWebhook(
  { url, secret }: WebhookTarget,
  tenantId: string,
  alerts: readonly Alert[],
  nowMs: number,
): Promise<string | null> {
  const notices = alerts.map(
    ({ rule, subject, state, value, threshold, detail, firedAtMs, sinceMs, resolvedAtMs }) => ({
      // The same for a repetition of the same notice: whoever has it already may leave it.
      id: `${alertKey(tenantId, rule, subject, firedAtMs)}/${state}`,
      ...{ rule, subject, state, value, threshold, detail },
      since: new Date(sinceMs).toISOString(),
      firedAt: new Date(firedAtMs).toISOString(),
      resolvedAt: resolvedAtMs === null ? null : new Date(resolvedAtMs).toISOString(),
    }),
  );
  const body = JSON.stringify({ tenantId, notices });
  const timestamp = `${Math.floor(nowMs / 1_000)}`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-twoway-timestamp': timestamp,
        'x-twoway-signature': signatureOf(secret.reveal(), timestamp, body),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await response.body?.cancel();
    return response.ok ? null : `HTTP ${response.status}`;
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'no answer within 10 s' : 'no connection';
  }
}
