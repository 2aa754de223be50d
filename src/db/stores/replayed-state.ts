import { isDeepStrictEqual } from 'node:util';
import { replay, standingBy } from '../../study/replay.ts';
import { DEFAULT_SETTINGS, type StudySettings } from '../../study/settings.ts';
import type { Session } from '../database.ts';
import { isBehind, loggedReviewOf, stateColumnsOf } from './standing.ts';
import { type CardState, listCardLog, type StudyLog, saveCardState, takeCardState } from './study.ts';
import { listStudySettings } from './study-settings.ts';

/** Columns that release 0.1 keeps too; the others of a card it reviewed last are found when its log is next replayed. */
const OLD_COLUMNS = [
  'ease_factor',
  'interval',
  'repetitions',
  'last_rating',
  'next_review',
  'last_reviewed_at',
  'review_count',
] as const;

/** A column whose stored value is not what the log says. */
export interface ColumnDifference {
  readonly column: string;
  readonly stored: unknown;
  readonly computed: unknown;
}

type Versions = ReadonlyMap<number, StudySettings>;

/** Compares one card's row with the replay of its log. `values` are what the row should hold; absent for a card without a log. */
export function compareWithLog(cardId: bigint, state: CardState | undefined, log: readonly StudyLog[], versions: Versions) {
  const columns: ColumnDifference[] = [];
  const newest = log.at(-1);
  if (newest === undefined) {
    if (state !== undefined && state.review_count > 0) {
      columns.push({ column: 'review_count', stored: state.review_count, computed: 0 });
    }
    return { columns, values: undefined };
  }
  const history = replay(
    cardId,
    log.map(loggedReviewOf),
    (version) => versions.get(version),
    ({ row, standing }) => {
      const { answeredAt: _, lastRating: __, ...computed } = standing;
      if (row.scheduler !== undefined && !isDeepStrictEqual(row.after, computed))
        columns.push({ column: `study_log ${row.id}`, stored: row.after, computed });
    },
  );
  const newestSettings = [...versions.values()].at(-1) ?? DEFAULT_SETTINGS;
  const values = stateColumnsOf(standingBy(history, newestSettings), newest.reviewed_at);
  if (state === undefined) columns.push({ column: 'card_state', stored: null, computed: values });
  else {
    const names = isBehind(state) ? OLD_COLUMNS : (Object.keys(values) as (keyof typeof values)[]);
    for (const name of names) {
      if (!isDeepStrictEqual(state[name], values[name]))
        columns.push({ column: name, stored: state[name], computed: values[name] });
    }
  }
  return { columns, values };
}

/** Writes what the log says into a card's row, held meanwhile. Only the row: the log is never changed. */
export async function repairCardState(session: Session, userId: bigint, cardId: bigint): Promise<boolean> {
  const now = session.clock.now();
  const state = await takeCardState(session, userId, cardId, {
    ease_factor: 2.5,
    interval: 0,
    repetitions: 0,
    last_rating: null,
    next_review: now,
    last_reviewed_at: now,
    review_count: 0,
  });
  const { columns, values } = compareWithLog(
    cardId,
    state,
    await listCardLog(session, userId, cardId),
    await listStudySettings(session, userId),
  );
  if (values === undefined || columns.every(({ column }) => column.startsWith('study_log '))) return false;
  await saveCardState(session, state, values);
  return true;
}
