/**
 * The original application's real database moved to PostgreSQL by pgloader with its defaults and by FlashCase, side by side; once as it is, once with
 * five bad values.
 * usage: node bench/move/story.ts [--write]
 * Reads from PostgreSQL's catalog and tables what has arrived, and compares it with docs/why-move.md: exit code 1 when the page says anything
 * else. `--write` writes the page's part instead.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { createDatabase } from '../../test/support/database.ts';
import { writeLegacyFile } from '../../test/support/legacy.ts';
import { startPostgres } from '../../test/support/servers.ts';
import { pgloaderVersion } from './pgloader.ts';

const { values: options } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const page = fileURLToPath(new URL('../../docs/why-move.md', import.meta.url));
const command = fileURLToPath(new URL('../../bin/flashcase.mjs', import.meta.url));

/** The original's tables, parents first. */
const TABLES = ['user', 'deck', 'card', 'deck_metadata', 'user_deck', 'report', 'study_log'] as const;
/** One each of what SQLite lets in and PostgreSQL does not. */
const BAD_VALUES = `
  UPDATE card SET back = 'a' || char(0) || 'b' WHERE id = 1;
  UPDATE card SET front = CAST(x'c328' AS TEXT) WHERE id = 2;
  UPDATE study_log SET interval = 1.5 WHERE id = 1;
  UPDATE study_log SET repetitions = 'abc' WHERE id = 2;
  UPDATE deck SET created_at = '2024-02-30 10:00:00.000000' WHERE id = 1`;

interface Arrived {
  readonly exitCode: number;
  readonly rows: Readonly<Record<string, number>>;
  /** Rows whose id is not in the table any more. */
  readonly missing: number;
  /** Kept byte for byte, to be brought back. */
  readonly setAside: number;
  readonly orphans: number;
  readonly notNull: number;
  readonly foreignKeys: number;
  readonly nextIds: number;
}

const run = (program: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) =>
  spawnSync(program, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 1 << 26 });

async function look(url: string): Promise<Omit<Arrived, 'exitCode'>> {
  const client = new pg.Client(url);
  await client.connect();
  const one = async (sql: string): Promise<number> => Number((await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0]);
  const names = TABLES.map((name) => `'${name}'`).join(', ');
  try {
    const rows: Record<string, number> = {};
    let missing = 0;
    for (const name of TABLES) {
      const found = await client.query({ text: `SELECT id FROM "${name}"`, rowMode: 'array' });
      const ids = new Set(found.rows.map(([id]) => Number(id)));
      rows[name] = ids.size;
      missing += (idsOf.get(name) as number[]).filter((id) => !ids.has(id)).length;
    }
    let orphans = 0;
    for (const [child, column, parent] of REFERENCES)
      orphans += await one(
        `SELECT count(*) FROM "${child}" c WHERE ${column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "${parent}" p WHERE p.id = c.${column})`,
      );
    const quarantine = await one("SELECT count(*) FROM pg_class WHERE relname = 'quarantine'");
    return {
      rows,
      missing,
      orphans,
      setAside: quarantine === 0 ? 0 : await one('SELECT count(*) FROM quarantine'),
      notNull: await one(
        `SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
         AND a.attnotnull AND c.relname || '.' || a.attname IN (${notNullOf.map((name) => `'${name}'`).join(', ')})`,
      ),
      foreignKeys: await one(
        `SELECT count(DISTINCT (conrelid, conkey)) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE contype = 'f' AND c.relname IN (${names}) AND NOT c.relispartition`,
      ),
      nextIds: await one(
        `SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname IN (${names}) AND NOT c.relispartition AND a.attname = 'id'
         AND (a.attidentity <> '' OR a.atthasdef)`,
      ),
    };
  } finally {
    await client.end();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'flashcase-story-'));
const original = join(folder, 'original.db');
writeLegacyFile(2, original);
const db = new DatabaseSync(original);
const all = (sql: string): Record<string, unknown>[] => db.prepare(sql).all() as Record<string, unknown>[];
const REFERENCES = TABLES.flatMap((table) =>
  all(`SELECT "from" AS col, "table" AS parent FROM pragma_foreign_key_list('${table}')`).map(
    ({ col, parent }) => [table, String(col), String(parent)] as const,
  ),
);
/** Columns that are NOT NULL in each table of the original, as `table.column`. */
const notNullOf = TABLES.flatMap((table) =>
  all(`SELECT name FROM pragma_table_info('${table}') WHERE "notnull" = 1`).map(({ name }) => `${table}.${String(name)}`),
);
const idsOf = new Map(TABLES.map((table) => [table as string, all(`SELECT id FROM "${table}"`).map(({ id }) => Number(id))]));
const rowsInFile = [...idsOf.values()].reduce((sum, ids) => sum + ids.length, 0);
db.close();

const postgres = await startPostgres();
async function byPgloader(file: string): Promise<Arrived> {
  const place = await createDatabase(postgres.url);
  const { status } = run('pgloader', [file, place.url], folder);
  return { exitCode: status ?? -1, ...(await look(place.url)) };
}

async function byFlashcase(file: string): Promise<Arrived> {
  const place = await createDatabase(postgres.url);
  const env = { DATABASE_URL: `sqlite:///${file}` };
  let exitCode = 0;
  for (const words of [
    ['db', 'adopt'],
    ['move', 'run', '--to', place.url],
    ['move', 'verify', '--paranoid', '--to', place.url],
  ]) {
    const ended = run(process.execPath, [command, ...words], folder, env);
    if (ended.status !== 0) process.stderr.write(ended.stdout + ended.stderr);
    exitCode ||= ended.status ?? -1;
  }
  return { exitCode, ...(await look(place.url)) };
}

function withBadValues(name: string): string {
  const file = join(folder, name);
  writeLegacyFile(2, file);
  const bad = new DatabaseSync(file);
  bad.exec(BAD_VALUES);
  bad.close();
  return file;
}

const fresh = (name: string): string => {
  const file = join(folder, name);
  writeLegacyFile(2, file);
  return file;
};

const version = pgloaderVersion();
if (version === undefined) {
  console.error('not run: pgloader is not installed (Debian: apt-get install pgloader)');
  process.exit(2);
}
const columns = [
  await byPgloader(fresh('pgloader.db')),
  await byFlashcase(fresh('flashcase.db')),
  await byPgloader(withBadValues('pgloader-bad.db')),
  await byFlashcase(withBadValues('flashcase-bad.db')),
];
await postgres.stop();
rmSync(folder, { recursive: true, force: true });

const line = (what: string, tell: (arrived: Arrived) => string | number): string =>
  `| ${what} | ${columns.map(tell).join(' | ')} |`;
const table = [
  `| ${rowsInFile} rows, ${REFERENCES.length} foreign keys, ${notNullOf.length} columns NOT NULL | pgloader, as it is | FlashCase, as it is | pgloader, five bad values | FlashCase, five bad values |`,
  '|---|---|---|---|---|',
  line('exit code', ({ exitCode }) => exitCode),
  ...TABLES.map((name) => line(`rows of \`${name}\``, ({ rows }) => rows[name] as number)),
  line('rows set aside, byte for byte, with the reason', ({ setAside }) => setAside),
  line('**rows that are nowhere**', ({ missing, setAside }) => Math.max(0, missing - setAside)),
  line('rows without their parent', ({ orphans }) => orphans),
  line('columns NOT NULL', ({ notNull }) => notNull),
  line('foreign keys', ({ foreignKeys }) => foreignKeys),
  line('tables that hand out ids', ({ nextIds }) => nextIds),
].join('\n');
const begin = `<!-- story: pgloader ${version} -->`;
const end = `<!-- end of story: pgloader ${version} -->`;
const text = readFileSync(page, 'utf8');
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (options.write) {
  const part = `${begin}\n${table}\n${end}`;
  writeFileSync(page, from < 0 ? `${text}\n${part}\n` : text.slice(0, from) + part + text.slice(to + end.length));
}
console.log(table);
if (!options.write && text.slice(from + begin.length, to).trim() !== table) {
  console.error('docs/why-move.md says something else.');
  process.exitCode = 1;
}
