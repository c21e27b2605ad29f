/**
 * One-time codes for signing in: whoever has a program's token makes one and gives the link away, whoever opens it first
 * gets a session. Kept in memory as digests: a restart forgets them, and each instance knows its own only.
 */
import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Principal } from './principal.ts';
import { notTaken } from './refusals.ts';

/** How long a code waits for whoever opens the link, milliseconds. */
const CODE_MS = 15 * 60_000;
/** Codes that wait at a time; the oldest goes first. */
const CODES_MAX = 1_000;
const CODE_BYTES = 32;

/** Gives codes and takes each once. */
export interface SignInCodes {
  /** A code for a session with this authority; it waits for `forMs`, by default a quarter of an hour. */
  issue(who: Principal, forMs?: number): { readonly code: string; readonly expiresAtMs: number };
  /** Whom it was made for. Throws Problem 401 when it was used, is too old or never was. */
  redeem(code: string): Principal;
}

/** Makes them. */
export function createSignInCodes(nowMs: () => number): SignInCodes {
  const waiting = new LRUCache<string, { readonly who: Principal; readonly expiresAtMs: number }>({ max: CODES_MAX });
  return {
    issue(who, forMs = CODE_MS) {
      const code = randomBytes(CODE_BYTES).toString('base64url');
      const expiresAtMs = nowMs() + forMs;
      waiting.set(digestOf(code), { who, expiresAtMs });
      return { code, expiresAtMs };
    },
    redeem(code) {
      const digest = digestOf(code);
      const found = waiting.get(digest);
      // First of all: nothing that happens afterwards lets it in a second time.
      waiting.delete(digest);
      if (found !== undefined && nowMs() < found.expiresAtMs) return found.who;
      throw notTaken('The sign-in link has been used, or is too old.');
    },
  };
}

/** Codes are looked up by digest, so that the time of a look-up tells nothing about them. */
function digestOf(code: string): string {
  return createHash('sha256').update(code, 'utf8').digest('base64');
}
