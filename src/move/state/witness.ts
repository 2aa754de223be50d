import { randomBytes } from '../../db/random.ts';
import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';

/**
 * A numbered random word that PostgreSQL keeps since a moment after everything that was carried, and the SQLite file since the transaction that
 * carried it. A server that has it has all that came before it, because a standby and a restored backup are always an earlier point of one course of
 * events; one that lacks it lost something. PostgreSQL keeps the word SQLite had last and the ones after it, so a kill between the two commits does no
 * harm, and an older SQLite file is known by a word that PostgreSQL has forgotten.
 */
export interface Witness {
  readonly no: number;
  readonly word: string;
}

export const WITNESS_TABLE = 'flashcase_move.witness';

/** A dump that is loaded into another cluster brings the words along, and its transaction numbers mean nothing there. */
const SYSTEM = '(pg_control_system()).system_identifier';

/** Part of the capture of PostgreSQL. */
export const WITNESS_SQL = `CREATE TABLE IF NOT EXISTS ${WITNESS_TABLE} (no bigint, word text, system bigint NOT NULL DEFAULT (${SYSTEM}), PRIMARY KEY (no, word))`;

/** What both sides have before anything was carried. */
export const firstWitness = (runId: string): Witness => ({ no: 0, word: runId });

/** Of a file whose content is known to be older than what PostgreSQL has: no word of PostgreSQL's, and before each. */
export const NO_WITNESS: Witness = { no: -1, word: 'older' };

/** The word after another. */
export const nextWitness = ({ no }: Witness): Witness => ({ no: no + 1, word: randomBytes(8).toString('hex') });

/** A scalar: the words this server has, as JSON for `readWitnesses`. */
export const WITNESSES_SQL = `(SELECT coalesce(json_agg(json_build_object('no', no, 'word', word)), '[]')::text FROM ${WITNESS_TABLE} WHERE system = ${SYSTEM})`;

export const readWitnesses = (json: unknown): Witness[] => JSON.parse(json as string) as Witness[];

/**
 * Adds a word, if the server has the one before it. `$1, $2` is that one, `$3, $4` the new one. Gives a row when it did. Words of others beside it stay:
 * which of them counts is decided in the SQLite file.
 * @param condition what must hold as well.
 * @param mustKnow false where everything is carried anew, and the new word begins another chain.
 */
export const addWitnessSql = (condition: string, mustKnow = true): string => `
  WITH known AS (SELECT 1 WHERE ${condition} AND (${!mustKnow} OR EXISTS (SELECT FROM ${WITNESS_TABLE} WHERE no = $1::bigint AND word = $2::text AND system = ${SYSTEM}))),
    gone AS (DELETE FROM ${WITNESS_TABLE} WHERE no < $1::bigint AND EXISTS (SELECT FROM known))
  INSERT INTO ${WITNESS_TABLE} (no, word) SELECT $3::bigint, $4::text FROM known RETURNING no AS m_no`;

/** A condition: this server has the word `$1, $2`. */
export const KNOWS_SQL = `EXISTS (SELECT FROM ${WITNESS_TABLE} WHERE no = $1::bigint AND word = $2::text AND system = ${SYSTEM})`;

export const witnessValues = (before: Witness, next: Witness): (string | number)[] => [
  before.no,
  before.word,
  next.no,
  next.word,
];

/** Which side was set back to an earlier state, by the word SQLite has and those of PostgreSQL; `undefined` when both go on from one another. */
export function sideSetBack(own: Witness, known: readonly Witness[]): 'sqlite' | 'postgres' | undefined {
  if (known.some(({ no, word }) => no === own.no && word === own.word)) return undefined;
  return known.some(({ no }) => no > own.no) ? 'sqlite' : 'postgres';
}

/** Leaves a new word on the server that has everything of SQLite up to a position; the decision of the cutover keeps it. */
export async function testify(postgres: Connection, before: Witness, position: bigint): Promise<Witness> {
  const next = nextWitness(before);
  const [row] = await postgres.query(addWitnessSql('(SELECT position FROM flashcase_move.side) = $5::bigint'), [
    ...witnessValues(before, next),
    String(position),
  ]);
  if (row !== undefined) return next;
  throw new FlashcaseError('FC_MOVE_GIVEN_UP', {
    what: 'Another PostgreSQL server answers than the one the last changes were carried to.',
    hint: 'Run the command again when it is clear which server serves.',
  });
}

/** What `FC_MOVE_SET_BACK` says in its details. */
export interface SetBack {
  readonly setBack: 'sqlite' | 'postgres';
  /** `decided`: PostgreSQL is the primary, but was not opened yet. */
  readonly phase: 'forward' | 'reverse' | 'decided';
}

const WAYS = {
  sqlite: {
    forward:
      'Put the newer file back. If it is lost: flashcase move recover --accept-loss makes PostgreSQL, which has what this one lacks, the primary. To go on with the older file instead: flashcase move abort --keep-target.',
    reverse:
      'Put the newer file back. If it is lost: flashcase move recover --accept-loss brings everything from PostgreSQL, which serves on, into this one.',
    decided: 'Put the newer file back.',
  },
  postgres: {
    forward: 'Nothing is lost: SQLite is the primary. Run flashcase move abort, then begin a new move.',
    reverse:
      'Point the move at the server that has them, if there is one. Otherwise flashcase move verify names every row that differs; write again on PostgreSQL what it should have, then flashcase move recover --accept-loss: it keeps the rest of these rows in a file and makes SQLite what PostgreSQL is.',
    decided:
      'Point the move at the server that has them, if there is one. Otherwise flashcase move recover --accept-loss: SQLite, which has everything up to the cutover, serves again.',
  },
} as const;

/** One side is not what the other one has seen of it. Nothing is carried, and no switch is made, until somebody decides. */
export function setBackError(side: SetBack['setBack'], phase: SetBack['phase'], where: string): FlashcaseError {
  return new FlashcaseError('FC_MOVE_SET_BACK', {
    what:
      side === 'sqlite'
        ? 'The SQLite file is an older one: PostgreSQL has more of it.'
        : 'PostgreSQL lost what it had: the SQLite file has changes that were carried from it or to it before.',
    where,
    why:
      side === 'sqlite'
        ? 'A backup of the file was put back in the middle of the move.'
        : 'A standby that was behind took over, the server was restored from a backup, or it is another one.',
    hint: WAYS[side][phase],
    details: { setBack: side, phase },
  });
}
