/** What a decision of the processor means to whoever made the request. */
import type { Decision } from '#contracts';
import { REASONS } from '#sync-core';
import { Problem } from './problem.ts';

/** Refusals that are about the way the request was made, with their status. Every other refusal is a conflict with the state. */
const STATUS: Readonly<Record<string, 400 | 404>> = {
  'setting-invalid': 400,
  'setting-unknown': 400,
  'request-unknown': 400,
  'record-unknown': 404,
};

/** The sentence and the advice for a reason code. */
function sayReason(code: string): { sentence: string; action: string } {
  const known = Object.hasOwn(REASONS, code) ? REASONS[code as keyof typeof REASONS] : undefined;
  return known ?? { sentence: `The request was refused (${code}).`, action: '' };
}

/**
 * Lets an accepted request pass, and one that had been accepted before under the same key.
 *
 * @throws Problem 409 for a stale version and other refusals by the state, 400 or 404 for those of the request itself
 */
export function requireAccepted(decision: Decision): void {
  const { verdict, reason } = decision;
  if (verdict !== 'refused' || reason === 'request-repeated') return;
  throw refusal(reason, { settingVersion: decision.settingVersion });
}

/** The problem that a refusal with this reason code is; 409 for a stale version and other refusals by the state. */
export function refusal(reason: string, more: Readonly<Record<string, unknown>> = {}): Problem {
  const { sentence, action: hint } = sayReason(reason);
  const details = { hint, members: { reason, ...more } };
  if (reason === 'setting-stale') return new Problem(409, 'STALE_VERSION', sentence, details);
  const status = STATUS[reason] ?? 409;
  const code = status === 400 ? 'INVALID_REQUEST' : status === 404 ? 'NOT_FOUND' : 'REFUSED';
  return new Problem(status, code, sentence, details);
}
