import type { Engine } from '../engine/engine.ts';
import { statementsOf } from '../engine/sql/statements.ts';
import { TokenReader } from '../engine/sql/token-reader.ts';
import { FlashcaseError } from '../errors/index.ts';
import { applySteps, placeOf, reasonOf, refuseOrphans, shortened } from './apply.ts';
import { type Batch, type Checkpoint, countNeeding, fillBatch, lagBytes } from './backfill.ts';
import { canonical } from './canonical.ts';
import type { Keeping } from './compile/aside.ts';
import { compileOnline } from './compile/online.ts';
import type { Target } from './compile/target.ts';
import { type LockOptions, pause, type RevisionSession } from './lock.ts';
import { fileNameOf } from './pending.ts';
import {
  clearProgress,
  ensureProgress,
  halfDone,
  type PartProgress,
  partHash,
  progressKey,
  readProgress,
  writeProgress,
} from './progress.ts';
import { refuseSteps } from './refuse-steps.ts';
import type { Revision } from './revision.ts';
import { mustRunAlone, runAlone } from './run-alone.ts';
import { applyToState, type State } from './state.ts';
import { type Backfill, describeStep, type Step } from './step.ts';

/** How fast a backfill may go. */
export interface Pace {
  readonly rowsPerSecond?: number;
  /** It rests while replicas, or the checkpoint of an SQLite file, are further behind than this; 256 MiB by default. */
  readonly lagBudgetBytes?: number;
  /** Called after each batch. */
  readonly onBatch?: (about: string, rows: number, more: BatchNews) => void;
}

export interface BatchNews {
  /** How many rows needed it when this run began, those of earlier runs included; absent where that takes long to count. */
  readonly total?: number;
  /** At the end: rows that other code writes without filling them. */
  readonly left?: number;
}

const LAG_BUDGET_BYTES = 256 * 1024 * 1024;
/** On SQLite a batch keeps all writers out: between two of them they get their turn. */
const SQLITE_REST_MS = 10;

/** What is committed at once in a revision that is not one transaction: the step at this position, or a statement of it. */
type Piece = {
  readonly about: string;
  readonly hash: string;
  readonly position: number;
  /** The step it is, or is a part of, and the state before that. */
  readonly step: Step;
  readonly before: State;
} & (
  | { readonly kind: 'statement' | 'alone'; readonly sql: string }
  | { readonly kind: 'step' }
  | { readonly kind: 'backfill'; readonly step: Backfill }
);

/** True for a revision that is committed piece by piece. */
export function isPiecewise(revision: Revision, steps: readonly Step[]): boolean {
  return revision.isTransactional === false || steps.some((step) => step.kind === 'backfill');
}

/** @param engine whether it builds tables anew: then a step is committed as a whole */
export function piecesOf(
  revision: Revision,
  steps: readonly Step[],
  before: State,
  engine: { readonly capabilities: Pick<Engine['capabilities'], 'rebuildsTables'> },
  keeping?: Keeping,
): Piece[] {
  const byStatement = revision.isTransactional === false && !engine.capabilities.rebuildsTables;
  let state = before;
  return steps.flatMap((step, position): Piece[] => {
    const here = state;
    state = applyToState(state, step);
    const about = describeStep(step);
    if (step.kind === 'backfill')
      return [{ kind: 'backfill', about, hash: partHash(canonical(step)), position, step, before: here }];
    // What comes back is found when the step runs: its statements are not the same again after a crash.
    const bringsBack = keeping?.kind === 'back' && (step.kind === 'createTable' || step.kind === 'alterTable');
    if (bringsBack || (!byStatement && !addsEnumValue(step, engine)))
      return [{ kind: 'step', about, hash: partHash(canonical(step)), position, step, before: here }];
    const texts = compileOnline(step, here, keeping);
    // A person's text is taken apart: PostgreSQL refuses CONCURRENTLY beside another statement (facts F39). What one text of ours holds is
    // committed together: a trigger switched off for a fill must not stay off.
    const pieces = step.kind === 'sql' ? texts.flatMap((text) => statementsOf(text, 'postgres').map((one) => one.text)) : texts;
    return pieces.map((sql) => ({
      kind: mustRunAlone(sql) ? 'alone' : 'statement',
      about: sql.split('\n', 1)[0] as string,
      hash: partHash(sql),
      position,
      step,
      before: here,
      sql,
    }));
  });
}

/** How many steps are done as a whole. */
export function stepsDone(pieces: readonly Piece[], known: readonly PartProgress[]): number {
  const done = new Set(known.filter(({ state }) => state === 'done').map(({ part }) => part));
  const open = pieces.findIndex((_, part) => !done.has(part));
  return pieces[open]?.position ?? Math.max(0, ...pieces.map(({ position }) => position + 1));
}

/** A value of a PostgreSQL enum can be used only once it is committed (facts F40): what follows it is another piece. */
function addsEnumValue(step: Step, engine: { readonly capabilities: Pick<Engine['capabilities'], 'rebuildsTables'> }): boolean {
  if (step.kind !== 'sql' || engine.capabilities.rebuildsTables) return false;
  return step.postgres
    .flatMap((text) => statementsOf(text, 'postgres'))
    .some((statement) => {
      const reader = new TokenReader(statement.tokens);
      return reader.take('ALTER', 'TYPE') && reader.has('ADD', 'VALUE');
    });
}

/** The piece that is about to run: its number, and what it is or is a part of. */
export interface Begun {
  readonly part: number;
  readonly step: Step;
  readonly before: State;
}

interface Work {
  readonly engine: Engine;
  readonly target: Target;
  readonly options: LockOptions & { readonly pace?: Pace };
  readonly revision: Revision;
  readonly direction: 'up' | 'down';
  readonly pieces: readonly Piece[];
  /** Called inside the transaction in which a piece begins, before its first statement; throws to refuse. */
  readonly onBegin?: (begun: Begun) => Promise<void>;
  /** Called inside the transaction of each batch of a backfill, before it writes. */
  readonly onBatch?: (begun: Begun, batch: Batch) => Promise<void>;
  /** Commits the revision's entry in the ledger, or takes it away; false when another process has done so meanwhile. */
  readonly isStillWanted: () => Promise<boolean>;
  readonly finish: () => Promise<void>;
}

/**
 * Runs what is left of a revision, piece by piece, each committed together with the word that it is done. A piece that cannot be part of
 * a transaction is announced before and confirmed after it; after a crash between the two its traces are looked for.
 * Throws `FC_REVISION_EDITED` when a piece that was begun is not what it was.
 */
export async function runPieces(session: RevisionSession, work: Work): Promise<void> {
  const { engine, pieces, revision } = work;
  const key = progressKey(revision.id, work.direction);
  for (const { step, before } of pieces) refuseSteps(revision, [step], before, engine.name);
  for (const [part, piece] of pieces.entries()) {
    const place = { session, work, key, part, piece };
    if ((await runPiece(place).catch((error: unknown) => stoppedBetween(place, error))) === 'over') return;
  }
  await session.transaction(async () => {
    if (!(await work.isStillWanted())) return;
    await work.finish();
    await clearProgress(session.connection, engine, key);
  });
}

/** A piece where it is run. */
interface Place {
  readonly session: RevisionSession;
  readonly work: Work;
  readonly key: string;
  readonly part: number;
  readonly piece: Piece;
}

type Outcome =
  | { readonly kind: 'done' | 'over' }
  | { readonly kind: 'more'; readonly rows: number }
  | { readonly kind: 'alone'; readonly sql: string; readonly wasBegun: boolean };

async function runPiece(place: Place): Promise<'done' | 'over'> {
  const { session, work, key, part, piece } = place;
  const { connection } = session;
  const total = await totalOf(place);
  for (;;) {
    const began = performance.now();
    const once = async (): Promise<Outcome> => {
      if (!(await work.isStillWanted())) return { kind: 'over' };
      await ensureProgress(connection, work.engine);
      const known = await readProgress(connection, work.engine, key);
      refuseEditedParts(work, known);
      const here = known.find((entry) => entry.part === part);
      if (here?.state === 'done') return { kind: 'done' };
      if (here === undefined) await work.onBegin?.({ part, step: piece.step, before: piece.before });
      return within(place, () => runOnce(place, here, total));
    };
    const outcome = await session
      .transaction(once, { enforcesReferences: piece.kind === 'backfill' })
      // What is checked at the commit only, a deferred key.
      .catch((error: unknown) => {
        throw error instanceof FlashcaseError && error.code === 'FC_DB_CONSTRAINT' ? failed(place, error) : error;
      });
    if (outcome.kind === 'alone') {
      await within(place, () => runAlone(connection, outcome.sql, outcome.wasBegun));
      await session.transaction(() => mark(place, 'done'));
    }
    if (outcome.kind !== 'more') return outcome.kind === 'over' ? 'over' : 'done';
    await rest(session, work, outcome.rows, performance.now() - began);
  }
}

async function runOnce(place: Place, here: PartProgress | undefined, total: number | undefined): Promise<Outcome> {
  const { session, work, piece } = place;
  const { engine, revision, options } = work;
  const { connection } = session;
  switch (piece.kind) {
    case 'alone':
      await mark(place, 'begun');
      return { kind: 'alone', sql: piece.sql, wasBegun: here !== undefined };
    case 'statement':
      // Proving what holds already keeps nobody waiting, however long it takes.
      if (/ VALIDATE CONSTRAINT /.test(piece.sql)) await connection.script('SET LOCAL statement_timeout = 0');
      await connection.script(piece.sql);
      break;
    case 'step':
      await applySteps(connection, engine, work.target, revision, [piece.step], piece.before);
      await refuseOrphans(connection, engine, revision);
      break;
    case 'backfill': {
      const from = checkpointOf(here);
      const { step, before } = piece;
      const { checkpoint, isDone, left } = await fillBatch(connection, engine, step, from, (batch) =>
        work.onBatch?.({ part: place.part, step, before }, batch),
      );
      options.pace?.onBatch?.(piece.about, checkpoint.rows, {
        ...(total === undefined ? {} : { total: Math.max(total, checkpoint.rows) }),
        ...(left === undefined ? {} : { left }),
      });
      await mark(place, isDone ? 'done' : 'begun', checkpoint);
      return isDone ? { kind: 'done' } : { kind: 'more', rows: checkpoint.rows - (from?.rows ?? 0) };
    }
  }
  await mark(place, 'done');
  return { kind: 'done' };
}

const checkpointOf = (here: PartProgress | undefined): Checkpoint | undefined =>
  here?.checkpoint === undefined ? undefined : (JSON.parse(here.checkpoint) as Checkpoint);

/** How many rows a backfill has to fill, with those that earlier runs have filled; where somebody wants to know and it is soon counted. */
async function totalOf({ session, work, key, part, piece }: Place): Promise<number | undefined> {
  const { engine, options } = work;
  if (piece.kind !== 'backfill' || options.pace?.onBatch === undefined) return undefined;
  const here = (await readProgress(session.connection, engine, key)).find((entry) => entry.part === part);
  if (here?.state === 'done') return undefined;
  const needing = await countNeeding(session.connection, engine, piece.step);
  return needing === undefined ? undefined : needing + (checkpointOf(here)?.rows ?? 0);
}

function mark({ session, work, key, part, piece }: Place, state: 'begun' | 'done', checkpoint?: Checkpoint): Promise<void> {
  return writeProgress(session.connection, work.engine, work.options.clock, {
    revisionId: key,
    part,
    hash: piece.hash,
    state,
    ...(checkpoint === undefined ? {} : { checkpoint: JSON.stringify(checkpoint) }),
  });
}

/** Between two batches: the rate, the turn of other writers, and the lag of whoever copies the log. */
async function rest(session: RevisionSession, { engine, options }: Work, rows: number, tookMs: number): Promise<void> {
  const { rowsPerSecond, lagBudgetBytes = LAG_BUDGET_BYTES } = options.pace ?? {};
  const due = rowsPerSecond === undefined ? 0 : (rows / rowsPerSecond) * 1000 - tookMs;
  await pause(Math.max(due, engine.capabilities.hasConcurrentWriters ? 0 : SQLITE_REST_MS), options.signal);
  for (let round = 0; ; round++) {
    const lag = await lagBytes(session.connection, engine);
    if (lag <= lagBudgetBytes) return;
    if (round % 50 === 0) options.onWait?.(`Waiting: the log is ${Math.round(lag / 1048576)} MiB ahead of those who read it.`);
    await pause(200, options.signal);
  }
}

function refuseEditedParts({ revision, pieces, engine }: Work, known: readonly PartProgress[]): void {
  for (const entry of known) {
    const piece = pieces[entry.part];
    if (piece?.hash === entry.hash) continue;
    throw new FlashcaseError('FC_REVISION_EDITED', {
      what: `Revision ${revision.id} ${revision.name} was changed half-way: part ${entry.part + 1} was run as ${entry.hash.slice(0, 12)}, the code has ${piece === undefined ? 'no such part' : piece.hash.slice(0, 12)}.`,
      where: engine.location,
      hint: `Bring the old text back and let it finish. To begin it anew instead, undo by hand what it did, then flashcase db repair.`,
      details: { revision: revision.id, part: entry.part + 1 },
    });
  }
}

async function within<T>(place: Place, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof FlashcaseError && error.code === 'FC_REVISION_STOPPED' ? error : failed(place, error);
  }
}

/** A stop in the middle says what is half done, as `db check` does. */
async function stoppedBetween({ session, work, key }: Place, error: unknown): Promise<never> {
  if (!(error instanceof FlashcaseError) || error.code !== 'FC_REVISION_STOPPED') throw error;
  if ((await readProgress(session.connection, work.engine, key)).length === 0) throw error;
  throw new FlashcaseError('FC_REVISION_STOPPED', {
    what: `Stopped as asked; what was committed stays. ${halfDone(key).what}.`,
    hint: 'Run the same command again: it goes on where it stopped.',
    details: { revision: work.revision.id },
  });
}

function failed({ work, part, piece }: Place, error: unknown): FlashcaseError {
  const { revision, pieces, engine } = work;
  return new FlashcaseError('FC_REVISION_FAILED', {
    what: `Revision ${revision.id} ${revision.name} failed at part ${part + 1} of ${pieces.length}: "${piece.about}".`,
    where: placeOf(revision, engine),
    why: `${reasonOf(error)}${'sql' in piece ? ` SQL: ${shortened(piece.sql)}` : ''}`,
    hint:
      part === 0
        ? 'Correct the cause and run the same command again.'
        : 'The parts before it stay. Correct the cause and run the same command again: it goes on at this part.',
    details: {
      revision: revision.id,
      file: fileNameOf(revision),
      part: part + 1,
      parts: pieces.length,
      engine: engine.name,
      ...('sql' in piece ? { sql: shortened(piece.sql) } : {}),
      ...(error instanceof FlashcaseError ? error.details : {}),
    },
    cause: error,
  });
}
