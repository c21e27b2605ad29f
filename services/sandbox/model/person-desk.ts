import type { Change, Row, WriteContext } from './types.ts';

/** A page's functions for one collection of one side; records come and go by their API names, with a few extras. */
export type PersonDesk = {
  /** All records as they are stored. */
  readonly list: () => Row[];
  /** A stored record as its page shows it. */
  readonly show: (row: Row) => Row;
  readonly get: (id: string) => Row | undefined;
  /** Id of the record that a stored one hangs on, or ''. */
  readonly parentOf: (row: Row) => string;
  readonly create: (fields: Row, context: WriteContext) => { id: string; changes: Change[] };
  readonly update: (id: string, fields: Row, context: WriteContext) => Change[];
  readonly remove: (id: string, context: WriteContext) => Change[];
};
