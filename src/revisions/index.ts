/**
 * The revision engine for other applications, as `flashcase/revisions`: all they may use of it. Tables are described with
 * `flashcase/schema`, databases opened with `flashcase/engine/sqlite` and `flashcase/engine/postgres`, failures are the `FlashcaseError` of
 * `flashcase/errors`. What is not here may change in any release.
 */

// What a revision file is written with:

export {
  addCheck,
  addColumn,
  addForeignKey,
  addIndex,
  addTrigger,
  addUnique,
  addUniqueIndex,
  type Change,
  changeColumn,
  changeComment,
  changePrimaryKey,
  dropCheck,
  dropColumn,
  dropForeignKey,
  dropIndex,
  dropTrigger,
  dropUnique,
  renameColumn,
  renameConstraint,
  renameIndex,
} from './change.ts';
export type { Project } from './project.ts';
export type { Revision } from './revision.ts';
export {
  alterTable,
  backfill,
  createTable,
  createView,
  describeStep,
  dropTable,
  dropView,
  renameTable,
  type Step,
} from './step.ts';

// The model and its history, without a database:

export { diff } from './diff.ts';
export { type LintOptions, type LintReport, lint, lintLines } from './lint/lint.ts';
export { type Renames, renamesOf } from './renames.ts';
export type { ScriptOptions } from './script/range.ts';
export { script } from './script/script.ts';
export { replay, type State } from './state.ts';

// A database:

export { type Clock, systemClock } from '../db/clock.ts';
export type { Connection, Engine } from '../engine/engine.ts';
export { requireFit, type Standing, standingOf } from './boot.ts';
export { type CheckReport, checkDatabase, checkLines } from './check.ts';
export { createFresh } from './fresh.ts';
export { type LedgerEntry, readLedger } from './ledger.ts';
export { type Plan, plan } from './plan.ts';
export { type RepairOptions, type RepairReport, repair } from './repair.ts';
export { downgrade, type RunOptions, upgrade } from './run.ts';
export { type Stamped, type StampOptions, stamp } from './stamp.ts';
export { type FinishOptions, finish, type Kept } from './undo/finish.ts';
export { type Undone, type UndoOptions, undo } from './undo/undo.ts';
