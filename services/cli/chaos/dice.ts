/** Chance that can be repeated: the same seed rolls the same numbers on every machine. */
export interface Dice {
  /** A number from 0 up to but not 1. */
  roll(): number;
  /** A whole number from `min` to `max`, both possible. */
  between(min: number, max: number): number;
  /** One of several. */
  pick<T>(items: readonly T[]): T;
  /** All of them, in another order. */
  shuffled<T>(items: readonly T[]): T[];
}

/** Dice of a seed; `name` gives each use of the same seed numbers of its own. */
export function createDice(seed: number, name: string): Dice {
  let state = [...`${name}#${seed}`].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), seed);
  // mulberry32
  const roll = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (min: number, max: number): number => min + Math.floor(roll() * (max - min + 1));
  const pick = <T>(items: readonly T[]): T => {
    const item = items[between(0, items.length - 1)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  };
  const shuffled = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => ({ item, place: roll() }))
      .sort((a, b) => a.place - b.place)
      .map(({ item }) => item);
  return { roll, between, pick, shuffled };
}
