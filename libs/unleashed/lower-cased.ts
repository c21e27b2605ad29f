import { isRecord, type JsonRecord, type JsonValue } from '#runtime';

/** A JSON object with the names of its own keys in lower case, because Unleashed's casing varies; null when it is none. */
export function lowerCased(value: JsonValue | undefined): JsonRecord | null {
  if (!isRecord(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry]));
}
