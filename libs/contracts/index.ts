/** The contracts between services: topics, keys, partitions, record types, values of fields. */
export * from './field-values.ts';
export type * from './records.generated.ts';
export * from './topics.ts';
