import { InvalidArgumentError } from 'commander';

/** A number above 0 out of the text of an option. Throws InvalidArgumentError. */
export function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 100_000_000) return value;
  throw new InvalidArgumentError('A number above 0.');
}
