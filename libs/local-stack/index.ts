export { LocalStackError, type LocalStackErrorCode } from './errors.ts';
export { type LocalFolders, localFolders } from './folders.ts';
export { type PartStatus, resetStack, stackStatus, stopStack } from './manage.ts';
export type { LocalStackOptions, PartKind, ProgressEvent, StackAddresses, UnexpectedExit } from './options.ts';
export type { PartName } from './parts.ts';
export { type LocalStack, type PartInfo, startStack } from './stack.ts';
