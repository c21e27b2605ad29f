/** How a switch is written down. */

/** What a switch may hold. */
export type SwitchValue = string | number | boolean;

/** One switch: its fact, what it decides, its default and its settings. */
export type SwitchDefinition<T extends SwitchValue = SwitchValue> = {
  /** Fact number(s), e.g. "U4.8". */
  readonly fact: string;
  /** What each setting does. */
  readonly doc: string;
  readonly initial: T;
  /** `choice`: one of settings. `range`: a number from settings[0] to settings[1]. */
  readonly kind: 'choice' | 'range';
  readonly settings: readonly T[];
};

/** Defines a switch of a few settings; the first is the default. */
export function choice<const T extends SwitchValue>(
  fact: string,
  doc: string,
  settings: readonly [T, ...T[]],
): SwitchDefinition<T> {
  return { fact, doc, initial: settings[0], kind: 'choice', settings };
}

/** Defines a yes/no switch. */
export function flag(fact: string, doc: string, initial: boolean): SwitchDefinition<boolean> {
  return { fact, doc, initial, kind: 'choice', settings: [true, false] };
}

/** Defines a number switch within least and most (both included). */
export function amount(
  fact: string,
  doc: string,
  initial: number,
  least: number,
  most: number,
): SwitchDefinition<number> {
  return { fact, doc, initial, kind: 'range', settings: [least, most] };
}

/** Values of a set of definitions. */
export type ValuesOf<D> = { -readonly [K in keyof D]: D[K] extends SwitchDefinition<infer T> ? T : never };
