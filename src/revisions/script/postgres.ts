import { ddl } from '../../engine/postgres/ddl.ts';
import { LEDGER_TABLE } from '../../engine/schema-form.ts';
import { statementsOf } from '../../engine/sql/statements.ts';
import { compileStep } from '../compile/compile.ts';
import type { Target } from '../compile/target.ts';
import { LOCK_KEY } from '../holder.ts';
import { piecesOf } from '../pieces.ts';
import { mustRunAlone } from '../run-alone.ts';
import { applyToState } from '../state.ts';
import { createLedger, deleteEntry, forgetForm, insertEntry } from './ledger-sql.ts';
import type { Part, Range } from './range.ts';

const LOCK_TIMEOUT = "SET lock_timeout = '2s'";

/** The statements for PostgreSQL, transactions included. Feed them to psql one by one, as it does by itself, with ON_ERROR_STOP. */
export function postgresScript(range: Range): string[] {
  return [
    LOCK_TIMEOUT,
    stopUnless(`pg_try_advisory_lock(${LOCK_KEY})`, 'another process is changing this schema'),
    ...(range.applied.length === 0 && range.direction === 'up' ? ['BEGIN', ...createLedger(ddl), 'COMMIT'] : []),
    ...range.parts.flatMap((part) => (part.isPiecewise ? piecewise(part, range) : transaction(part, range, atOnce(part, range)))),
    `SELECT pg_advisory_unlock(${LOCK_KEY})`,
    'RESET lock_timeout',
  ];
}

/** Anything else was applied meanwhile, or the script runs a second time: nothing of what follows is done. */
const guard = ({ applied }: Part): string =>
  stopUnless(
    `(SELECT coalesce(string_agg(revision_id, ',' ORDER BY revision_id), '') FROM ${ddl.quote(LEDGER_TABLE)}) = ${ddl.literal(applied.join(','))}`,
    `the ledger does not say that exactly ${applied.join(', ') || 'nothing'} was applied`,
  );

function stopUnless(condition: string, sentence: string): string {
  return `DO $flashcase$ BEGIN IF NOT (${condition}) THEN RAISE EXCEPTION ${ddl.literal(`FlashCase: ${sentence}`)}; END IF; END $flashcase$`;
}

const transaction = (part: Part, range: Range, statements: readonly string[]): string[] => [
  'BEGIN',
  guard(part),
  ...statements,
  ...record(part, range),
  'COMMIT',
];

const record = ({ revision }: Part, { direction }: Range): string[] => [
  direction === 'up' ? insertEntry(ddl, revision, 'now()', "current_user || ' by a script'") : deleteEntry(ddl, revision),
  forgetForm(ddl),
];

/** Going up, what is dropped is renamed aside, as `upgrade` does: `downgrade` brings it back, `finish` drops it. */
const keepingAside = ({ revision }: Part, { target, direction }: Range): Target =>
  direction === 'up' ? { ...target, keeping: { kind: 'aside', revision: revision.id } } : target;

function atOnce(part: Part, range: Range): string[] {
  const { steps, before } = part;
  const target = keepingAside(part, range);
  let state = before;
  return steps.flatMap((step) => {
    const here = state;
    state = applyToState(state, step);
    return compileStep(step, here, target).flatMap((action) => (action.kind === 'statement' ? [action.sql] : []));
  });
}

/** A backfill is one UPDATE here: only `upgrade` can do it in batches. */
function piecewise(part: Part, range: Range): string[] {
  const target = keepingAside(part, range);
  const pieces = piecesOf(part.revision, part.steps, part.before, { capabilities: { rebuildsTables: false } }, target.keeping);
  const statements = pieces.flatMap((piece): string[] => {
    if (piece.kind === 'alone') return mustRunAlone(piece.sql) ? ['SET lock_timeout = 0', piece.sql, LOCK_TIMEOUT] : [piece.sql];
    if (piece.kind === 'statement') {
      // psql commits each statement by itself.
      const together = statementsOf(piece.sql, 'postgres').map(({ text }) => text);
      return together.length > 1 ? ['BEGIN', ...together, 'COMMIT'] : [piece.sql];
    }
    const before = piece.kind === 'step' ? piece.before : part.before;
    const compiled = compileStep(piece.step, before, target).flatMap((action) =>
      action.kind === 'statement' ? [action.sql] : [],
    );
    return ['BEGIN', ...compiled, 'COMMIT'];
  });
  return ['BEGIN', guard(part), 'COMMIT', ...statements, ...transaction(part, range, [])];
}
