import { TwoWayError } from './errors.ts';

/** One mistake in the tenants file. */
export interface TenantsProblem {
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1. */
  readonly column: number;
  /** Where in the file's structure: `tenants[2].unleashed.apiKey`; empty for the file itself. */
  readonly field: string;
  /** What is wrong and what to do. Never a value: it could be a secret. */
  readonly message: string;
}

/** The tenants file has mistakes. `message` lists them all, one line each. */
export class TenantsFileError extends TwoWayError<'TENANTS_INVALID'> {
  /** Every mistake, in the order of the file. */
  readonly problems: readonly TenantsProblem[];

  constructor(path: string, problems: readonly TenantsProblem[]) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const lines = sorted.map(
      ({ line, column, field, message }) =>
        `  line ${line}, column ${column}${field === '' ? '' : `, ${field}`}: ${message}`,
    );
    const count = sorted.length === 1 ? 'a mistake' : `${sorted.length} mistakes`;
    super('TENANTS_INVALID', `The tenants file ${path} has ${count}:\n${lines.join('\n')}`, {
      retriable: false,
      hint: 'Correct the lines named above.',
    });
    this.name = 'TenantsFileError';
    this.problems = sorted;
  }
}
