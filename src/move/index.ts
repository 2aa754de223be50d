/**
 * The move between SQLite and PostgreSQL for other applications, as `flashcase/move`: all they may use of it. Tables are described with
 * `flashcase/schema`, their history with `flashcase/revisions`; failures are the `FlashcaseError` of `flashcase/errors`. What is not here may
 * change in any release.
 */
export { type ApplicationMove, applicationMove, type MoveSettings } from './application-move.ts';
export type { MoveEvents } from './move-events.ts';
export type { Gate, GateState, GateTurn } from './state/gate.ts';
