/** Seeded randomness: the same seed gives the same numbers, ids and GUIDs on every machine. */

/** Four 32-bit hash words of a text (cyrb128, public domain). Not for cryptography. */
function hashWords(text: string): [number, number, number, number] {
  let a = 1779033703;
  let b = 3144134277;
  let c = 1013904242;
  let d = 2773480762;
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ k, 597399067);
    b = c ^ Math.imul(b ^ k, 2869860233);
    c = d ^ Math.imul(c ^ k, 951274213);
    d = a ^ Math.imul(d ^ k, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  const all = a ^ b ^ c ^ d;
  return [all >>> 0, (b ^ all) >>> 0, (c ^ all) >>> 0, (d ^ all) >>> 0];
}

/** 128-bit hash of a text as 32 hex digits. */
export function hash128(text: string): string {
  return hashWords(text)
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('');
}

/** A GUID derived from a text, shaped like version 4. */
export function guidFrom(text: string): string {
  const hex = hash128(text);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** State of a generator: one number, so that it can be stored and replayed. */
export type Dice = { state: number };

/** A generator from a seed text. */
export function createDice(seed: string): Dice {
  return { state: hashWords(seed)[0] };
}

/** Next number in [0, 1) (mulberry32); advances the state. */
export function roll(dice: Dice): number {
  dice.state = (dice.state + 0x6d2b79f5) >>> 0;
  let t = dice.state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** Integer in [0, limit). */
export function rollInt(dice: Dice, limit: number): number {
  return Math.floor(roll(dice) * limit);
}

/** One element of a list that is not empty. */
export function pick<T>(dice: Dice, list: readonly T[]): T {
  const chosen = list[rollInt(dice, list.length)];
  if (chosen === undefined) throw new Error('pick from an empty list');
  return chosen;
}
