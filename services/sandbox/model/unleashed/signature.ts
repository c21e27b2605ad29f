/** The request and webhook signatures (facts U1.5 to U1.11, U10.5). Pure: hashing only. */
import { createHmac } from 'node:crypto';
import type { UnleashedSwitches } from '../switches-unleashed.ts';

/** Base64 of HMAC-SHA256 over a message (section 1, signature as a field list). */
export function sign(key: string, message: string): string {
  return createHmac('sha256', key).update(message, 'utf8').digest('base64');
}

/** Most calls have no query, and so the same signature: the last one is remembered. */
let bare = { key: '', signature: '' };

function signQuery(key: string, query: string): string {
  if (query !== '') return sign(key, query);
  if (bare.key !== key) bare = { key, signature: sign(key, '') };
  return bare.signature;
}

/**
 * True when the signature fits the query as it came over the wire.
 * @param rawQuery query bytes as sent, without the question mark
 */
export function signatureFits(
  rules: UnleashedSwitches,
  key: string,
  rawQuery: string,
  signature: string | undefined,
): boolean {
  if (!rules.checkSignature) return true;
  if (signature === undefined) return false;
  if (rules.signatureMessage === 'wire') {
    return !/%3A|%40|\+/i.test(rawQuery) && signQuery(key, rawQuery) === signature;
  }
  const canonical = rawQuery.replace(/%3A/gi, ':').replace(/%40/g, '@').replaceAll('+', '%20');
  return signQuery(key, canonical) === signature;
}
