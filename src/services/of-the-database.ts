import { FlashcaseError } from '../errors/index.ts';

const CODES: readonly string[] = [
  'FC_GATE_HOLDING',
  'FC_GATE_MOVED',
  'FC_GATE_CONFLICT',
  'FC_DB_UNREACHABLE',
  'FC_DB_DISK_FULL',
  'FC_DB_READ_ONLY',
  'FC_REVISION_PENDING',
];

/** Whether a piece of work failed of what every other would fail of too: the database takes no writes now. Else one that fails keeps no other. */
export const isOfTheDatabase = (error: unknown): boolean => error instanceof FlashcaseError && CODES.includes(error.code);
