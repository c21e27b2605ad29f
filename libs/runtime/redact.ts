/**
 * Keeps secrets out of logs and error texts, by three means: values under a key that names a secret, patterns that give a
 * secret away wherever they stand (a password in a URL, an Authorization value), and secrets that the caller knows.
 */
import { REDACTED, Secret } from './secret.ts';

/** Names of fields and headers that hold a secret, in any case and with any prefix (`accessToken`, `x-api-key`). */
const SECRET_KEY =
  /(?:authorization|token|secret|password|passwd|passphrase|api[-_]?key|private[-_]?key|signature[-_]?key|api-auth-signature|x-unleashed-signature|cookie)$/i;

/** `scheme://user:password@host`: the part between the slashes and the last @ before the path. */
const URL_USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'@]*(?:@[^\s/?#"'@]*)*@/gi;
/** The value of an Authorization header, wherever it is quoted; it has a capital or a digit, unlike "Basic authentication". */
const AUTHORIZATION_VALUE = /\b([Bb]earer|[Bb]asic)\s+(?=\S*[A-Z0-9=])[A-Za-z0-9+/=._~-]{6,}/g;
/** `token=…`, `apiKey: …`, `"api_key":"…"` inside a text. */
const NAMED_VALUE =
  /((?:access[-_]?token|client[-_]?secret|webhook[-_]?secret|api[-_]?key|api-auth-signature|password|passwd)\\?["']?\s*[=:]\s*\\?["']?)([^\s"'&,;}\\]{3,})/gi;

/** A shorter "secret" would black out half of every text. */
const SHORTEST_SECRET_CHARS = 4;
/** Objects are looked into this deep; what lies deeper is left out. */
const DEPTH_MAX = 8;
/** Entries of one object or array that are looked at; the rest is left out. */
const ENTRIES_MAX = 200;

/**
 * Replaces secrets in a text that is about to be logged, thrown or shown.
 * @param secrets values known to be secret; also found URL-encoded
 */
export function redactSecrets(text: string, secrets: readonly (string | Secret | undefined)[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    const value = secret instanceof Secret ? secret.reveal() : secret;
    if (value === undefined || value.length < SHORTEST_SECRET_CHARS) continue;
    clean = clean.replaceAll(value, REDACTED);
    const encoded = encodeURIComponent(value);
    if (encoded !== value) clean = clean.replaceAll(encoded, REDACTED);
  }
  return clean
    .replace(URL_USER_INFO, `$1${REDACTED}@`)
    .replace(AUTHORIZATION_VALUE, `$1 ${REDACTED}`)
    .replace(NAMED_VALUE, (match: string, name: string, value: string) =>
      value === REDACTED ? match : name + REDACTED,
    );
}

/**
 * A copy of a value that is about to be logged, in which everything under a key that names a secret is replaced. Errors
 * inside are kept as they are: the logger's error serializer comes after and does the same for them.
 */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (value instanceof Secret) return REDACTED;
  if (value instanceof Date || Buffer.isBuffer(value)) return value;
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX).map((entry) => redactValue(entry, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return value;
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value).slice(0, ENTRIES_MAX)) {
    copy[key] = SECRET_KEY.test(key) && hidesSomething(entry) ? REDACTED : redactValue(entry, depth + 1);
  }
  return copy;
}

/** A boolean or a number under such a key (`hasToken: true`, `tokens: 3`) gives nothing away. */
function hidesSomething(entry: unknown): boolean {
  return (typeof entry === 'string' && entry !== '') || (typeof entry === 'object' && entry !== null);
}
