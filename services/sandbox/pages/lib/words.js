/** How values and times are worded. */

/** @param {unknown} value @returns {string} A field's value as text; blank for null. */
export function textOf(value) {
  return value === null || value === undefined ? '' : String(value);
}

/**
 * A value inside a record by a path like `Address.Postcode`.
 * @param {Readonly<Record<string, unknown>>} record
 * @param {string} path
 * @returns {unknown} null when a part is not there
 */
export function valueAt(record, path) {
  /** @type {unknown} */
  let value = record;
  for (const part of path.split('.')) {
    value = typeof value === 'object' && value !== null ? /** @type {Record<string, unknown>} */ (value)[part] : null;
  }
  return value ?? null;
}

const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const timeFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** @param {number} ms @returns {string} Time of day with seconds. */
export function timeOfDay(ms) {
  return timeFormat.format(ms);
}

/** @param {unknown} stamp ISO text or `/Date(ms)/` @returns {string} A day like 3 Jul 2026, '' for none. */
export function dayOf(stamp) {
  const text = textOf(stamp);
  const ms = Number(/^\/Date\((\d+)/.exec(text)?.[1] ?? Date.parse(text));
  return Number.isFinite(ms) ? dayFormat.format(ms) : '';
}

/** @param {number} atMs @param {number} nowMs @returns {string} How long ago. */
export function ago(atMs, nowMs) {
  const seconds = (nowMs - atMs) / 1000;
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

/** Words for who made a change. @type {Record<string, string>} */
export const authors = { api: 'the API', person: 'a person', server: 'the system itself', you: 'you' };

/** Words for what happened to a record. @type {Record<string, string>} */
export const deeds = { insert: 'added', update: 'changed', delete: 'deleted' };

/** @param {string} name @returns {string} Up to two initials. */
export function initialsOf(name) {
  const words = name.split(/[\s&,.-]+/).filter((word) => /^\p{L}|^\d/u.test(word));
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '').join('');
}

/** @param {string} text @param {number} count @returns {number} One of `count` colours, always the same for a text. */
export function colourOf(text, count) {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return sum % count;
}
