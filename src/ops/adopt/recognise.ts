import type { SchemaForm } from '../../schema/form.ts';

export type LegacyVersion = 1 | 2;

type Kind = 'integer' | 'text' | 'boolean' | 'time' | 'float';

const audit = { created_at: 'time', updated_at: 'time' } as const;

/** The tables of the original app's first version. Column names and kinds decide; indexes and keys may differ. */
const VERSION_1: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  user: { id: 'integer', email: 'text', username: 'text', hashed_password: 'text', is_active: 'boolean', ...audit },
  deck: { id: 'integer', name: 'text', description: 'text', is_public: 'boolean', ...audit },
  card: { id: 'integer', deck_id: 'integer', front: 'text', back: 'text', ...audit },
  deck_metadata: {
    id: 'integer',
    deck_id: 'integer',
    card_count: 'integer',
    total_reviews: 'integer',
    average_rating: 'float',
    last_studied: 'time',
    ...audit,
  },
  user_deck: {
    id: 'integer',
    user_id: 'integer',
    deck_id: 'integer',
    is_owner: 'boolean',
    is_favorite: 'boolean',
    added_at: 'time',
  },
  study_log: {
    id: 'integer',
    user_id: 'integer',
    card_id: 'integer',
    reviewed_at: 'time',
    ease_factor: 'float',
    interval: 'integer',
    next_review: 'time',
    created_at: 'time',
  },
};

const VERSION_2: typeof VERSION_1 = {
  ...VERSION_1,
  user: { ...VERSION_1.user, is_admin: 'boolean' },
  deck: { ...VERSION_1.deck, school: 'text', course: 'text', professor: 'text', year: 'integer' },
  study_log: { ...VERSION_1.study_log, repetitions: 'integer', last_rating: 'integer', due_date: 'time' },
  report: {
    id: 'integer',
    reporter_id: 'integer',
    report_type: 'text',
    content_id: 'integer',
    reason: 'text',
    description: 'text',
    status: 'text',
    admin_notes: 'text',
    reviewed_by: 'integer',
    reviewed_at: 'time',
    ...audit,
  },
};

/** The original's tables in an order in which parents come first. */
export const LEGACY_TABLES = ['user', 'deck', 'card', 'deck_metadata', 'user_deck', 'report', 'study_log'] as const;

function kindOf(declared: string): Kind | undefined {
  const type = declared.toLowerCase();
  if (/^(varchar|character varying|text|reporttype|reportreason|reportstatus)/.test(type)) return 'text';
  if (/^(integer|bigint|int)$/.test(type)) return 'integer';
  if (type === 'boolean') return 'boolean';
  if (/^(datetime|timestamp)/.test(type)) return 'time';
  if (/^(float|double precision|real)$/.test(type)) return 'float';
  return undefined;
}

/** Tells which version of the original app made a schema, or `undefined`. Alembic's own table does not count. */
export function recognise(form: SchemaForm): LegacyVersion | undefined {
  const found = new Map<string, Map<string, Kind | undefined>>();
  for (const line of form) {
    const column = /^"(.+?)" column "(.+?)" (.+?)(?: not null)?(?: generated)?(?: default .*)?$/.exec(line);
    const table = /^"(.+?)" /.exec(line)?.[1];
    // Enums and sequences of no table decide nothing either.
    if (table === undefined || table === 'alembic_version') continue;
    const columns = found.get(table) ?? new Map<string, Kind | undefined>();
    found.set(table, columns);
    if (column !== null) columns.set(column[2] as string, kindOf(column[3] as string));
  }
  const isLike = (version: typeof VERSION_1): boolean =>
    found.size === Object.keys(version).length &&
    Object.entries(version).every(([table, columns]) => {
      const actual = found.get(table);
      return (
        actual?.size === Object.keys(columns).length && Object.entries(columns).every(([name, kind]) => actual.get(name) === kind)
      );
    });
  return isLike(VERSION_2) ? 2 : isLike(VERSION_1) ? 1 : undefined;
}
