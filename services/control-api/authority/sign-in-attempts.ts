/**
 * What has to be remembered between leaving for the identity provider and coming back. It travels in a cookie, sealed: no
 * memory that strangers could fill, and any instance with the same key opens it. Each is opened once by the instance it returns to.
 */
import { hkdfSync } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Secret } from '#runtime';
import { stale } from './sign-in-problems.ts';

/** How long a person may take at the provider, seconds. */
export const ATTEMPT_S = 10 * 60;
/** Attempts that are remembered as used; the provider's code works once in any case. */
const USED_MAX = 10_000;
const KEY_BYTES = 32;

const attempt = z.object({
  /** Comes back in the address: the answer belongs to this browser. */
  state: z.string().min(1),
  /** Comes back in the signed token: the token belongs to this attempt. */
  nonce: z.string().min(1),
  /** Shown when the code is exchanged: a code that was seen on its way is of no use (PKCE). */
  verifier: z.string().min(1),
});

/** One way to the provider and back. */
export type SignInAttempt = z.output<typeof attempt>;

/** Seals attempts and opens them. */
export interface SignInAttempts {
  /** A text that tells nothing and cannot be made by others. */
  seal(attempt: SignInAttempt): Promise<string>;
  /** What was sealed. Throws SignInProblem when it was opened before, is too old, or was not sealed here. */
  open(sealed: string): Promise<SignInAttempt>;
}

/** Makes them; `key` is that of the sessions, from which one of their own is derived. */
export function createSignInAttempts(key: Secret, nowMs: () => number): SignInAttempts {
  const sealing = new Uint8Array(hkdfSync('sha256', key.reveal(), '', 'two-way-sync sign-in attempt', KEY_BYTES));
  const used = new LRUCache<string, true>({ max: USED_MAX });
  return {
    seal(attempt) {
      const expiresAtS = Math.floor(nowMs() / 1_000) + ATTEMPT_S;
      return new EncryptJWT({ ...attempt })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(expiresAtS)
        .encrypt(sealing);
    },
    async open(sealed) {
      const { payload } = await jwtDecrypt(sealed, sealing, {
        ...{ keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] },
        ...{ requiredClaims: ['exp'], currentDate: new Date(nowMs()) },
      }).catch(() => {
        throw stale('attempt-not-valid');
      });
      const opened = attempt.parse(payload);
      if (used.has(opened.state)) throw stale('attempt-used');
      used.set(opened.state, true);
      return opened;
    },
  };
}
