import { DatabaseSync } from 'node:sqlite';

const TABLES = ['user', 'deck', 'card', 'study_log', 'report'] as const;

/** What a user of the database would miss: name of the fact to its value. Read from the file itself, by SQL alone. */
export type Facts = ReadonlyMap<string, string | number>;

/** What each change is meant to change in the facts. Everything else must stay. */
export const CHANGES: readonly { readonly about: string; readonly sets: Readonly<Record<string, string | number>> }[] = [
  { about: 'make `deck.school` required', sets: { 'deck.school is required': 'yes' } },
  { about: 'rename `deck.year` to `academic_year` and make it a text', sets: {} },
  {
    about: 'add the enum value `ESCALATED` and a check on `card.front`',
    sets: { 'report takes status ESCALATED': 'yes', 'check: a card has a front': 'holds' },
  },
  { about: 'drop `card.updated_at`', sets: {} },
  {
    about: 'add a partial unique index, give a foreign key ON DELETE CASCADE',
    sets: { 'cascade: report to user': 'yes', 'index ux_report_pending': 'unique, partial' },
  },
];

interface Sample {
  readonly [column: string]: string | number | null;
}

/** True when the database takes this row; nothing stays. Throws when it is refused for another reason than a constraint. */
function takes(db: DatabaseSync, table: string, row: Sample): boolean {
  const columns = (db.prepare('SELECT name FROM pragma_table_info(?)').all(table) as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => name in row);
  db.exec('SAVEPOINT try');
  try {
    db.prepare(
      `INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    ).run(...columns.map((name) => row[name] as string | number | null));
    return true;
  } catch (error) {
    if (/(CHECK|NOT NULL) constraint failed/.test(String(error))) return false;
    throw error;
  } finally {
    db.exec('ROLLBACK TO try; RELEASE try');
  }
}

const AT = '2026-01-02 03:04:05.000006';
const DECK: Sample = { name: 'x', is_public: 1, school: 'x', created_at: AT, updated_at: AT };
const CARD: Sample = { deck_id: 1, front: 'x', back: 'x', created_at: AT, updated_at: AT };
const REPORT: Sample = { reporter_id: 1, content_id: 999_999, status: 'PENDING' };

export function factsOf(file: string): Facts {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA foreign_keys = OFF');
  const one = (sql: string, ...values: string[]): Record<string, unknown> =>
    (db.prepare(sql).get(...values) ?? {}) as Record<string, unknown>;
  const facts = new Map<string, string | number>();
  for (const table of TABLES) {
    facts.set(`rows of ${table}`, Number(one(`SELECT count(*) AS n FROM "${table}"`).n));
    const { sql } = one("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", table);
    const isNeverReused = /AUTOINCREMENT/i.test(String(sql));
    facts.set(`AUTOINCREMENT of ${table}`, isNeverReused ? 'yes' : 'no');
    const highest = Number(one(`SELECT max(id) AS n FROM "${table}"`).n ?? 0);
    const { seq } = one('SELECT seq FROM sqlite_sequence WHERE name = ?', table);
    facts.set(`next id of ${table}`, (isNeverReused ? Math.max(highest, Number(seq ?? 0)) : highest) + 1);
  }
  const names = (type: string): string[] =>
    (db.prepare('SELECT name FROM sqlite_schema WHERE type = ?').all(type) as { name: string }[]).map(({ name }) => name);
  for (const name of ['deck_touched', 'deck_renamed'])
    facts.set(`trigger ${name}`, names('trigger').includes(name) ? 'yes' : 'no');
  facts.set('view deck_size', names('view').includes('deck_size') ? 'yes' : 'no');
  for (const table of ['deck', 'card', 'study_log', 'report']) {
    for (const index of db
      .prepare('SELECT name, "unique" AS u, partial FROM pragma_index_list(?) WHERE origin = \'c\'')
      .all(table) as {
      name: string;
      u: number;
      partial: number;
    }[])
      facts.set(`index ${index.name}`, [index.u ? 'unique' : 'plain', ...(index.partial ? ['partial'] : [])].join(', '));
  }
  for (const [child, parent] of [
    ['card', 'deck'],
    ['study_log', 'card'],
    ['report', 'user'],
  ] as const) {
    const { action } = one('SELECT on_delete AS action FROM pragma_foreign_key_list(?) WHERE "table" = ?', child, parent);
    facts.set(`cascade: ${child} to ${parent}`, action === 'CASCADE' ? 'yes' : 'no');
  }
  for (const [table, row] of Object.entries({ deck: DECK, card: CARD, report: REPORT }))
    if (!takes(db, table, row)) throw new Error(`${table} refuses a good row`);
  facts.set('check: a deck has a name', takes(db, 'deck', { ...DECK, name: '' }) ? 'gone' : 'holds');
  facts.set('check: a card has a front', takes(db, 'card', { ...CARD, front: '' }) ? 'gone' : 'holds');
  facts.set('check: the status is a known one', takes(db, 'report', { ...REPORT, status: 'NONSENSE' }) ? 'gone' : 'holds');
  facts.set('report takes status ESCALATED', takes(db, 'report', { ...REPORT, status: 'ESCALATED' }) ? 'yes' : 'no');
  facts.set('deck.school is required', takes(db, 'deck', { ...DECK, school: null }) ? 'no' : 'yes');
  const columns = (db.prepare("SELECT name FROM pragma_table_info('deck')").all() as { name: string }[]).map(({ name }) => name);
  const year = columns.includes('academic_year') ? 'academic_year' : 'year';
  facts.set(
    'values of the year',
    String(one(`SELECT group_concat(y, ' ') AS v FROM (SELECT id || ':' || "${year}" AS y FROM deck ORDER BY id)`).v),
  );
  db.close();
  return facts;
}

/** The facts after so many changes that lose nothing. */
export function factsAfter(start: Facts, changes: number): Facts {
  const after = new Map(start);
  for (const { sets } of CHANGES.slice(0, changes)) for (const [fact, value] of Object.entries(sets)) after.set(fact, value);
  return after;
}

/** What is not as it should be, in words. */
export function lossesOf(wanted: Facts, found: Facts): string[] {
  return [...wanted].flatMap(([fact, value]) => {
    const now = found.get(fact);
    if (now === value) return [];
    const table = fact.split(' ').at(-1);
    if (fact.startsWith('rows of')) return [now === 0 ? `all ${value} rows of ${table}` : `${value} rows of ${table} are ${now}`];
    if (fact.startsWith('next id of')) return [`ids of ${table} from ${now} on come again`];
    return [fact];
  });
}
