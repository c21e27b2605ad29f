/**
 * Credentials as they lie on disk: AES-256-GCM, with the id of the key in front, and bound to what they belong to. Whoever can
 * write the file but does not have the key can neither read them nor have them sent somewhere else: a box opens only for the
 * same tenant and the same base URLs.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { RuntimeError } from '../errors.ts';
import type { KeyRing } from './key-ring.ts';

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts a text with the first key; `belongsTo` must be given again to open it. */
export function seal(keys: KeyRing, text: string, belongsTo: string): string {
  const [{ id, key }] = keys;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bound(id, belongsTo));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}.${id}.${sealed.toString('base64url')}`;
}

/** Id of the key that a box was sealed with; null when it is none. */
export function keyIdOf(box: string): string | null {
  const [version, id, rest, more] = box.split('.');
  return version === VERSION && id !== undefined && rest !== undefined && more === undefined ? id : null;
}

/**
 * Decrypts.
 * @throws RuntimeError TENANTS_KEY_MISSING when none of the keys is the one it was sealed with, TENANTS_SEAL_BROKEN when it was
 * changed or belongs to something else
 */
export function unseal(keys: KeyRing, box: string, belongsTo: string): string {
  const id = keyIdOf(box);
  const bytes = Buffer.from(box.split('.')[2] ?? '', 'base64url');
  if (id === null || bytes.length < NONCE_BYTES + TAG_BYTES) throw broken();
  const known = keys.find((one) => one.id === id);
  if (known === undefined) {
    throw new RuntimeError('TENANTS_KEY_MISSING', `The key ${id} that this was encrypted with is not among the keys.`, {
      hint: 'Add the old key after the new one, and encrypt anew with: twoway tenants rotate-key',
    });
  }
  const decipher = createDecipheriv('aes-256-gcm', known.key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(bound(id, belongsTo));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw broken();
  }
}

function bound(keyId: string, belongsTo: string): Buffer {
  return Buffer.from(JSON.stringify(['twoway credentials', VERSION, keyId, belongsTo]));
}

function broken(): RuntimeError {
  return new RuntimeError('TENANTS_SEAL_BROKEN', 'The credentials were changed outside of this system.', {
    hint: 'Give them anew, or put the file back from a copy.',
  });
}
