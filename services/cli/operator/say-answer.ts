/** Writes an answer of the control API: as it is for programs, as text for people. The one place where that is done. */
import { visible } from '../visible.ts';

/**
 * Writes it to standard output.
 *
 * @param text makes the text; it is given the answer with control characters made visible
 */
export function sayAnswer<T>(
  { json }: { readonly json?: boolean | undefined },
  answer: T,
  text: (answer: T) => string,
): void {
  process.stdout.write(`${json === true ? JSON.stringify(answer) : text(visible(answer))}\n`);
}
