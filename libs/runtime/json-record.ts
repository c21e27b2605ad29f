/** Records of the two APIs as they come over the wire, and how single fields are read from them. */

/** Anything that JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonRecord;

/** A JSON object. */
export interface JsonRecord {
  [key: string]: JsonValue;
}

/** Whether a value is a JSON object (and not a list, text, number or null). */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field as text of the pipeline: null, absent and anything that is not plain are blank (fact U5: blanks are null). */
export function textOf(record: JsonRecord, key: string): string {
  const value = record[key];
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** A GUID in lower case, as everywhere in the pipeline; blank when there is none. */
export function guidOf(record: JsonRecord, key: string): string {
  return textOf(record, key).trim().toLowerCase();
}

/** A field that is a list of objects; null when it is not a list. Entries that are no objects are left out. */
export function recordsOf(record: JsonRecord, key: string): JsonRecord[] | null {
  const value = record[key];
  return Array.isArray(value) ? value.filter(isRecord) : null;
}

/** A field that is an object; null when it is not. */
export function childOf(record: JsonRecord, key: string): JsonRecord | null {
  const value = record[key];
  return isRecord(value) ? value : null;
}

/** Text of the pipeline as the API takes it: blank is null. */
export function nullable(text: string): string | null {
  return text === '' ? null : text;
}

/** Only the named keys of a record, with their values as they are. */
export function pick(record: JsonRecord, keys: readonly string[]): JsonRecord {
  const picked: JsonRecord = {};
  for (const key of keys) {
    const value = record[key];
    if (value !== undefined) picked[key] = value;
  }
  return picked;
}
