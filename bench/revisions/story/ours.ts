import { systemClock } from '../../../src/db/clock.ts';
import { openSqlite } from '../../../src/engine/sqlite/engine.ts';
import { diff } from '../../../src/revisions/diff.ts';
import { renamesOf } from '../../../src/revisions/renames.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { upgrade } from '../../../src/revisions/run.ts';
import { EMPTY, replay } from '../../../src/revisions/state.ts';
import { alterTable, describeStep } from '../../../src/revisions/step.ts';
import {
  boolean,
  float64,
  generatedId,
  int32,
  int64,
  type Schema,
  schema,
  table,
  text,
  timestamp,
} from '../../../src/schema/index.ts';

const STATUS = ['PENDING', 'REVIEWED', 'UNDER_REVIEW', 'RESOLVED', 'DISMISSED'];

/** The model after so many changes: what a developer edits. */
function modelAfter(changes: number): Schema {
  const user = table('user', {
    columns: { id: generatedId(), email: text(), username: text(), created_at: timestamp() },
    primaryKey: ['id'],
    uniques: { uq_user_email: ['email'], uq_user_username: ['username'] },
  });
  const deck = table('deck', {
    columns: {
      id: generatedId(),
      name: text(),
      is_public: boolean(),
      school: text({ nullable: changes < 1 }),
      ...(changes < 2 ? { year: int32({ nullable: true }) } : { academic_year: text({ nullable: true, renamedFrom: 'year' }) }),
      created_at: timestamp(),
      updated_at: timestamp(),
    },
    primaryKey: ['id'],
    indexes: { ix_deck_school: ['school'], ix_deck_name_lower: ['(lower(name))'] },
    checks: { ck_deck_has_name: 'length(name) > 0' },
    triggers: {
      deck_renamed: {
        timing: 'after',
        event: 'update',
        updateOf: ['name'],
        body: {
          sqlite: "UPDATE deck SET updated_at = strftime('%Y-%m-%d %H:%M:%f000', 'now') WHERE id = NEW.id;",
          postgres: 'UPDATE deck SET updated_at = clock_timestamp() WHERE id = NEW.id; RETURN NULL;',
        },
      },
    },
  });
  const card = table('card', {
    columns: {
      id: generatedId(),
      deck_id: int64(),
      front: text(),
      back: text(),
      created_at: timestamp(),
      ...(changes < 4 ? { updated_at: timestamp() } : {}),
    },
    primaryKey: ['id'],
    indexes: { ix_card_deck_id: ['deck_id'] },
    references: { deck_id: { to: 'deck.id', onDelete: 'cascade' } },
    checks: changes < 3 ? {} : { ck_card_has_front: 'length(front) > 0' },
    triggers: {
      deck_touched: {
        timing: 'after',
        event: 'insert',
        body: {
          sqlite: 'UPDATE deck SET updated_at = NEW.created_at WHERE id = NEW.deck_id;',
          postgres: 'UPDATE deck SET updated_at = NEW.created_at WHERE id = NEW.deck_id; RETURN NULL;',
        },
      },
    },
  });
  const studyLog = table('study_log', {
    columns: { id: generatedId(), user_id: int64(), card_id: int64(), reviewed_at: timestamp(), ease_factor: float64() },
    primaryKey: ['id'],
    indexes: { ix_study_log_card_id: ['card_id'] },
    references: { user_id: 'user.id', card_id: { to: 'card.id', onDelete: 'cascade' } },
  });
  const report = table('report', {
    columns: {
      id: generatedId(),
      reporter_id: int64(),
      content_id: int64(),
      status: text({ oneOf: changes < 3 ? STATUS : [...STATUS, 'ESCALATED'] }),
      description: text({ nullable: true }),
    },
    primaryKey: ['id'],
    references: { reporter_id: changes < 5 ? 'user.id' : { to: 'user.id', onDelete: 'cascade' } },
    uniqueIndexes:
      changes < 5 ? {} : { ux_report_pending: { columns: ['reporter_id', 'content_id'], where: "status = 'PENDING'" } },
  });
  return schema({ user, deck, card, study_log: studyLog, report }, [
    {
      name: 'deck_size',
      query: 'SELECT d.id, d.name, count(c.id) AS cards FROM deck d LEFT JOIN card c ON c.deck_id = d.id GROUP BY d.id, d.name',
      reads: ['deck', 'card'],
    },
  ]);
}

const NAMES = ['start', 'school_required', 'academic_year', 'escalated', 'no_updated_at', 'reporter'];

/** The history up to so many changes: each revision is what autogenerate finds between the history and the model. */
export function revisionsAfter(changes: number): Revision[] {
  const history: Revision[] = [];
  for (let done = 0; done <= changes; done++) {
    const before = history.length === 0 ? EMPTY : replay(history);
    const found = diff(before, modelAfter(done), renamesOf(before, modelAfter(done)));
    history.push({
      id: String(done).padStart(4, '0'),
      name: NAMES[done] as string,
      upgrade: found.map(withDecision),
      downgrade: 'not part of the story',
    });
  }
  return history;
}

/** The one line a person adds: what decks without a school get. Without it the revision refuses and counts them. */
function withDecision(step: Revision['upgrade'][number]): Revision['upgrade'][number] {
  if (step.kind !== 'alterTable' || step.table !== 'deck') return step;
  return alterTable(
    'deck',
    ...step.changes.map((change) =>
      change.kind === 'changeColumn' && change.name === 'school' ? { ...change, using: "coalesce(school, '')" } : change,
    ),
  );
}

export const proposed = (change: number): string[] => revisionsAfter(change).at(-1)?.upgrade.map(describeStep) ?? [];

/** Brings the file to so many changes. Foreign keys are enforced on it, as FlashCase opens every file. */
export async function upgradeOurs(file: string, changes: number): Promise<void> {
  const engine = openSqlite({ file, schema: modelAfter(changes) });
  try {
    await upgrade({ engine, revisions: revisionsAfter(changes), clock: systemClock() });
  } finally {
    await engine.close();
  }
}
