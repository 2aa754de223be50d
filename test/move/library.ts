import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { systemClock } from '../../src/db/clock.ts';
import { randomBytes } from '../../src/db/random.ts';
import { openSqlite } from '../../src/engine/sqlite/engine.ts';
import type { MoveEvents } from '../../src/move/move-events.ts';
import type { MoveOptions } from '../../src/move/move-options.ts';
import type { Finding, Findings, Group } from '../../src/move/plan/findings.ts';
import type { Remedy } from '../../src/move/plan/judge-cell.ts';
import { type Plan, planMove } from '../../src/move/plan/plan-move.ts';
import { Rules } from '../../src/move/plan/rules.ts';
import { type RunResult, runMove } from '../../src/move/run/run-move.ts';
import { type Verdict, verifyMove } from '../../src/move/verify/verify-move.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { createTable } from '../../src/revisions/step.ts';
import {
  boolean,
  bytes,
  float64,
  generatedId,
  int32,
  int64,
  type Schema,
  schema,
  table,
  text,
  timestamp,
} from '../../src/schema/index.ts';
import { engines, type Target } from '../support/database.ts';

/** A schema that is not FlashCase's: every column type, a reference to the own table, composite text keys, a reference of two columns. */
const author = table('author', {
  columns: { id: generatedId(), pen_name: text(), mentor_id: int64({ nullable: true }) },
  primaryKey: ['id'],
  uniqueIndexes: { ix_author_pen_name: ['pen_name'] },
  references: { mentor_id: 'author.id' },
});

const book = table('book', {
  columns: {
    id: generatedId(),
    author_id: int64(),
    editor_id: int64({ nullable: true }),
    body: text({ nullable: true }),
    stars: int32({ nullable: true }),
    copies: int64({ nullable: true }),
    score: float64({ nullable: true }),
    is_lent: boolean({ nullable: true, default: false }),
    printed_at: timestamp({ nullable: true }),
    bound_at: timestamp({ nullable: true }),
    cover: bytes({ nullable: true }),
    state: text({ nullable: true, oneOf: ['new', 'old'] }),
    pages: int32({ default: 0 }),
  },
  primaryKey: ['id'],
  indexes: { ix_book_author: ['author_id', '-id'], ix_book_body: ['body'] },
  references: { author_id: 'author.id', editor_id: 'author.id' },
  checks: { book_pages_positive: 'pages >= 0' },
});

const shelf = table('shelf', {
  columns: { room: text(), label: text(), note: text({ nullable: true }) },
  primaryKey: ['room', 'label'],
});

const placed = table('placed', {
  columns: { book_id: int64(), room: text(), label: text() },
  primaryKey: ['book_id', 'room', 'label'],
  references: { book_id: 'book.id', 'room,label': 'shelf.room,label' },
});

export const library = schema({ author, book, shelf, placed });

export const libraryRevisions: readonly Revision[] = [
  {
    id: '0001',
    name: 'library',
    upgrade: Object.values(library.tables).map((entry) => createTable(entry)),
    downgrade: 'not needed here.',
  },
];

/** The PostgreSQL servers a move is tested on: without a pooler, which a move refuses. */
export const servers = (): Target[] => engines().filter(({ name }) => /^postgres \d+$/.test(name));

/** The one server used where the version makes no difference. */
export const server = (): Target => servers().find(({ skip }) => skip === false) ?? (servers()[0] as Target);

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-move-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A new target database, dropped after the test. */
export async function freshTarget(t: TestContext, target: Pick<Target, 'fresh'> = server()): Promise<string> {
  const place = await target.fresh();
  t.after(() => place.drop());
  return place.url;
}

/** A source with today's tables. */
export async function newSource(
  file: string,
  of: Schema = library,
  revisions: readonly Revision[] = libraryRevisions,
): Promise<DatabaseSync> {
  const engine = openSqlite({ schema: of, file });
  await upgrade({ engine, revisions, clock: systemClock() });
  await engine.close();
  return new DatabaseSync(file, { enableForeignKeyConstraints: false });
}

/**
 * A source whose tables take anything: no types, no keys but the row ids, no references. Other programs, old files and switched-off checks
 * leave such rows behind.
 */
export async function looseSource(
  file: string,
  of: Schema = library,
  revisions: readonly Revision[] = libraryRevisions,
): Promise<DatabaseSync> {
  const db = await newSource(file, of, revisions);
  for (const entry of Object.values(of.tables).toReversed()) db.exec(`DROP TABLE "${entry.name}"`);
  for (const entry of Object.values(of.tables)) {
    const columns = Object.entries(entry.columns).map(
      ([name, { isGenerated }]) => `"${name}"${isGenerated ? ' INTEGER PRIMARY KEY AUTOINCREMENT' : ''}`,
    );
    db.exec(`CREATE TABLE "${entry.name}" (${columns.join(', ')})`);
  }
  return db;
}

/** Inserts one row; values the caller leaves out are NULL. */
export function insert(db: DatabaseSync, tableName: string, row: Readonly<Record<string, SQLInputValue>>): void {
  const names = Object.keys(row);
  db.prepare(
    `INSERT INTO "${tableName}" (${names.map((name) => `"${name}"`).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  ).run(...Object.values(row));
}

const silent: MoveEvents = { phase() {}, expect() {}, rows() {}, bytes() {}, done() {}, note() {} };

export function optionsFor(file: string, targetUrl: string, more: Partial<MoveOptions> = {}): MoveOptions {
  return {
    schema: library,
    revisions: libraryRevisions,
    sourceFile: file,
    targetUrl,
    workFolder: `${file}.move`,
    rules: undefined,
    rulesFile: `${file}.rules.yaml`,
    isStartingOver: false,
    events: silent,
    clock: systemClock(),
    newId: () => randomBytes(4).toString('hex'),
    ...more,
  };
}

export interface Planned {
  readonly plan: Plan;
  readonly groups: readonly Group[];
  readonly findings: readonly Finding[];
}

export async function planned(options: MoveOptions): Promise<Planned> {
  let all: Finding[] = [];
  const plan = await planMove(options, (made, findings: Findings) => {
    all = made.groups.flatMap((group) => [...findings.findingsOf(group)]);
  });
  return { plan, groups: plan.groups, findings: all };
}

/** Decides groups: those named `table.column kind`, everything else as proposed. */
export function decided(groups: readonly Group[], choices: Readonly<Record<string, Remedy>> = {}): Rules {
  return new Rules(
    groups.map(({ table: name, column, kind, remedies }) => ({
      table: name,
      column,
      kind,
      remedy: choices[`${name}.${column} ${kind}`] ?? (remedies[0] as Remedy),
    })),
  );
}

export interface Moved {
  readonly result: RunResult;
  readonly verdict: Verdict;
}

/** Plans, decides, moves and verifies. */
export async function moved(
  file: string,
  targetUrl: string,
  choices: Readonly<Record<string, Remedy>> = {},
  more: Partial<MoveOptions> = {},
): Promise<Moved> {
  const options = optionsFor(file, targetUrl, more);
  let rules: Rules | undefined;
  // Deciding about a parent can show orphans: planned again until nothing is open.
  for (let i = 0; ; i++) {
    const { plan, groups } = await planned({ ...options, rules, rulesFile: `${file}.rules-${i}.yaml` });
    if (plan.open.length === 0) break;
    rules = decided(groups, choices);
  }
  const result = await runMove({ ...options, rules });
  return { result, verdict: await verified(options) };
}

export function verified(options: MoveOptions, isParanoid = false): Promise<Verdict> {
  return verifyMove({ ...options, isParanoid });
}

/** Runs SQL on the target; every value comes as the server's text. */
export async function onTarget(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, string | null>[]> {
  const client = new pg.Client({ connectionString: url, types: { getTypeParser: () => (value: unknown) => value } as never });
  await client.connect();
  try {
    const result = await client.query(sql, [...values]);
    return (Array.isArray(result) ? result.at(-1) : result).rows as Record<string, string | null>[];
  } finally {
    await client.end();
  }
}

/** Everything a move leaves in the target's tables, sequences and catalogs, as one comparable text. */
export async function contentOf(url: string, of: Schema = library): Promise<string> {
  const parts: string[] = [];
  for (const name of Object.keys(of.tables)) {
    const [row] = await onTarget(
      url,
      `SET TimeZone = 'UTC'; SELECT count(*) AS n, md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) AS digest FROM "${name}" AS t`,
    );
    parts.push(`${name} ${row?.n} ${row?.digest}`);
  }
  for (const row of await onTarget(
    url,
    "SELECT sequencename || ' ' || coalesce(last_value::text, '-') AS line FROM pg_sequences WHERE schemaname = current_schema() ORDER BY 1",
  ))
    parts.push(row.line as string);
  for (const row of await onTarget(
    url,
    "SELECT conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated AS line FROM pg_constraint WHERE connamespace = current_schema()::regnamespace ORDER BY 1",
  ))
    parts.push(row.line as string);
  for (const row of await onTarget(url, 'SELECT indexdef AS line FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1'))
    parts.push(row.line as string);
  for (const row of await onTarget(
    url,
    'SELECT table_name || row_key || reason || cells AS line FROM flashcase_move.quarantine ORDER BY 1',
  ))
    parts.push(row.line as string);
  return parts.join('\n');
}
