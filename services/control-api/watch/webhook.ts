/**
 * Tells a webhook of incidents: one POST of all that is due of a tenant, signed.
 *
 * `X-Twoway-Timestamp` is seconds since 1970, `X-Twoway-Signature` is `sha256=` and the HMAC-SHA-256 of `timestamp.body` in
 * hexadecimal. A receiver computes it anew, compares in constant time and refuses old timestamps.
 *
 * A tenant that has an address of its own is told there and nowhere else; what may be connected to is guarded as for base URLs,
 * since whoever configures tenants gives it. The address of all others is the operator's, from the environment, and may well be
 * within the operator's own network. No redirect is followed.
 */
import { createHmac } from 'node:crypto';
import { Pool } from 'undici';
import { type Alert, alertKey } from '#contracts';
import {
  ExchangeError,
  exchange,
  guardedConnector,
  OutboundError,
  type OutboundPolicy,
  type Secret,
  type Tenant,
} from '#runtime';

/** Longest wait for an answer, milliseconds. */
const DEADLINE_MS = 10_000;
/** Longest answer that is read, bytes; only its status counts. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** Where notices go. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: Secret;
  /** What may be connected to; null for anything: the operator said so. */
  readonly outbound: OutboundPolicy | null;
}

/** What decides where notices go. */
export interface WebhookChoice {
  /** Where those of tenants without an address of their own go; undefined: nowhere. */
  readonly alertWebhook: Omit<WebhookTarget, 'outbound'> | undefined;
  readonly outbound: OutboundPolicy;
  /** A tenant as it is configured now. */
  tenantOf(tenantId: string): Pick<Tenant, 'alerts'> | undefined;
}

/** Where a tenant's notices go: to its own address if it has one, else to the common one. */
export function webhooksOf({ alertWebhook, outbound, tenantOf }: WebhookChoice) {
  return (tenantId: string): WebhookTarget | undefined => {
    const own = tenantOf(tenantId)?.alerts;
    if (own !== undefined) return { url: own.webhookUrl, secret: own.webhookSecret, outbound };
    return alertWebhook === undefined ? undefined : { ...alertWebhook, outbound: null };
  };
}

/** The signature of a body. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** Tells of incidents of one tenant; gives why they were not taken, null when they were. Never rejects. */
export async function tellWebhook(
  { url, secret, outbound }: WebhookTarget,
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
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, {
    connections: 1,
    ...(outbound === null ? {} : { connect: guardedConnector(outbound) }),
  });
  try {
    const { status } = await exchange(pool, {
      method: 'POST',
      path: pathname + search,
      headers: {
        'content-type': 'application/json',
        'x-twoway-timestamp': timestamp,
        'x-twoway-signature': signatureOf(secret.reveal(), timestamp, body),
      },
      body,
      ...{ timeoutMs: DEADLINE_MS, maxAnswerBytes: ANSWER_BYTES_MAX, signal: null, guard: null },
    });
    return refusalOf(status);
  } catch (error) {
    return whyNot(error);
  } finally {
    await pool.destroy();
  }
}

function refusalOf(status: number): string | null {
  return status >= 200 && status < 300 ? null : `HTTP ${status}`;
}

function whyNot(error: unknown): string | null {
  if (!(error instanceof ExchangeError)) return 'no connection';
  // It has answered, at length.
  if (error.failure === 'too-big' && error.status !== null) return refusalOf(error.status);
  if (error.failure === 'timeout') return 'no answer within 10 s';
  const { cause } = error;
  return cause instanceof OutboundError ? `not sent: ${cause.message} (OUTBOUND_ALLOW)` : 'no connection';
}
