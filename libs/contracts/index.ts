/** The contracts between services: topics, keys, partitions, record types, values of fields, their bytes and schemas. */
export { type Codec, type CodecOptions, createCodec, schemaTextOf } from './codec.ts';
export { CodecError, type CodecErrorCode } from './codec-error.ts';
export { EXAMPLES } from './examples.ts';
export * from './field-values.ts';
export * from './likeness.ts';
export type * from './records.generated.ts';
export { type RegistrationOptions, type RegistrationResult, registerSchemas } from './registration.ts';
export type { RegistryOptions } from './registry-client.ts';
export { blankRequest } from './requests.ts';
export * from './topics.ts';
