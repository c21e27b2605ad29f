/** What several commands take. */
import { Argument, InvalidArgumentError } from 'commander';

/** Of which tenant. */
export const tenantId = new Argument('<tenant>', 'id of the tenant, as tenants shows it');

/** A number above 0 out of the text of an option. Throws InvalidArgumentError. */
export function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 100_000_000) return value;
  throw new InvalidArgumentError('A number above 0.');
}

/** A whole number above 0 out of the text of an option: so many of something. Throws InvalidArgumentError. */
export function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value <= 100_000_000) return value;
  throw new InvalidArgumentError('A whole number above 0, at most 100,000,000.');
}

/** A whole number of milliseconds from 0 on out of the text of an option. Throws InvalidArgumentError. */
export function milliseconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= 10_000) return value;
  throw new InvalidArgumentError('Whole milliseconds, 0 to 10,000.');
}
