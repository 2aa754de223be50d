export { type ErrorParts, FlashcaseError } from './flashcase-error.ts';
export { type ErrorCode, registry } from './registry.ts';
