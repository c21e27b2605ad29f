/**
 * What others typed, as it may be written to a terminal: control characters would colour it, move about in it or set its title,
 * and marks of direction would turn text around. They are shown as \\x1b and the like.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const shown = (character: string): string => {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
};

/** The same answer with every text in it made visible. */
export function visible<T>(answer: T): T {
  if (typeof answer === 'string') return answer.replace(CONTROLS, shown) as T;
  if (Array.isArray(answer)) return answer.map(visible) as T;
  if (typeof answer !== 'object' || answer === null) return answer;
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, visible(value)])) as T;
}
