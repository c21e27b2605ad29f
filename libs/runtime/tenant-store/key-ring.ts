/**
 * The keys that stored credentials are encrypted with. The first one encrypts, all of them decrypt: a key is replaced by
 * putting the new one in front, encrypting everything anew, and then taking the old one away.
 */
import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type CommandLine, commandOutput } from '../command-output.ts';
import { RuntimeError } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** Where the keys come from; the first that is given counts. */
export interface KeySource {
  /** The keys themselves. TWOWAY_KEY. */
  readonly text?: Secret | undefined;
  /** A file that holds them. TWOWAY_KEY_FILE. */
  readonly file?: string | undefined;
  /** A command that prints them. TWOWAY_KEY_COMMAND. */
  readonly command?: CommandLine | undefined;
}

/** One key. */
export interface SealingKey {
  /** Tells keys apart without telling anything about them: the beginning of a digest. */
  readonly id: string;
  readonly key: KeyObject;
}

/** Keys, the one that encrypts first. */
export type KeyRing = readonly [SealingKey, ...SealingKey[]];

const KEY_BYTES = 32;
const KEYS_MAX = 10;
const HOW = 'Make one with: openssl rand -base64 32';

/** Says what to do when there is no key. */
export const NO_KEY_HINT = `Set TWOWAY_KEY_COMMAND, TWOWAY_KEY_FILE or TWOWAY_KEY for every service. ${HOW}`;

/**
 * Reads the keys; null when no source is given.
 * @throws RuntimeError TENANTS_KEY_INVALID, COMMAND_FAILED
 */
export async function loadKeyRing({ text, file, command }: KeySource): Promise<KeyRing | null> {
  if (text !== undefined) return parseKeyRing(text.reveal());
  if (file !== undefined) return parseKeyRing(readKeyFile(file));
  return command === undefined ? null : parseKeyRing(await commandOutput(command));
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new RuntimeError('TENANTS_KEY_INVALID', `The key file ${file} cannot be read (${code}).`, { hint: HOW });
  }
}

/** Reads keys out of text: 32 bytes each in base64, white space or commas between them. */
export function parseKeyRing(text: string): KeyRing {
  const keys = text
    .split(/[\s,]+/)
    .filter((one) => one !== '')
    .map((one, index) => parseKey(one, index + 1));
  const [first, ...rest] = keys;
  if (first === undefined || keys.length > KEYS_MAX) {
    throw new RuntimeError('TENANTS_KEY_INVALID', `There must be 1 to ${KEYS_MAX} keys.`, { hint: HOW });
  }
  return [first, ...rest];
}

function parseKey(text: string, number: number): SealingKey {
  const bytes = Buffer.from(text, text.includes('-') || text.includes('_') ? 'base64url' : 'base64');
  // What is no base64 is left out when it is decoded: only what comes out again as it went in was a key.
  const isClean = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
  if (!isClean || bytes.length !== KEY_BYTES) {
    throw new RuntimeError('TENANTS_KEY_INVALID', `Key ${number} is not ${KEY_BYTES} bytes in base64.`, { hint: HOW });
  }
  const id = createHash('sha256').update('twoway key id').update(bytes).digest('hex').slice(0, 8);
  return { id, key: createSecretKey(bytes) };
}
