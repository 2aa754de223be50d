import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Clock, systemClock } from '../../src/db/clock.ts';
import type { Database } from '../../src/db/database.ts';
import type { Connection } from '../../src/engine/engine.ts';
import { type BuildOptions, type Built, storeAs } from '../../src/ops/partition/build.ts';
import { REVIEWS, type StorageForm } from '../../src/ops/partition/partitioned.ts';
import { project } from '../../src/versions/project.ts';
import { engines, type Place, type Target } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';

/** The servers that can store a table by months; revisions and builds go to the server itself where a pooler stands between. */
export const servers = (): Target[] => engines().filter(({ name }) => name !== 'sqlite');
export const server = (): Target => servers()[0] as Target;

export const USERS = 8;
export const CARDS = 400;

/** Reviews of eight people over 30 months, and five of twelve years ago: many at one moment, months begun and ended to the microsecond. */
export const filling = (rows: number): string => `
  INSERT INTO "user" (id, email, username, hashed_password, is_active, is_admin, created_at, updated_at)
    SELECT i, 'u' || i || '@law.edu', 'u' || i, 'none', true, false, now(), now() FROM generate_series(1, ${USERS}) i;
  INSERT INTO deck (id, name, is_public, created_at, updated_at) SELECT i, 'deck ' || i, true, now(), now() FROM generate_series(1, ${USERS}) i;
  INSERT INTO user_deck (user_id, deck_id, is_owner, added_at) SELECT i, i, true, now() FROM generate_series(1, ${USERS}) i;
  INSERT INTO card (id, deck_id, front, back, created_at, updated_at)
    SELECT i, i % ${USERS} + 1, 'q' || i, 'a' || i, now() - interval '13 years', now() FROM generate_series(1, ${CARDS}) i;
  INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", repetitions, last_rating, due_date, next_review, created_at)
    SELECT i % ${CARDS} % ${USERS} + 1, i % ${CARDS} + 1, date_trunc('hour', now() - interval '900 days' * random()), 2.5 + random(), 1, 1, 4, now(), now(), now()
    FROM generate_series(1, ${rows}) i;
  INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, "interval", repetitions, last_rating, due_date, next_review, created_at)
    SELECT 1, 8, at, 2.5, 1, 1, 4, at, at, at FROM (
      SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month' * i - interval '1 microsecond') AT TIME ZONE 'UTC' AS at FROM generate_series(0, 20) i
      UNION ALL SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month' * i) AT TIME ZONE 'UTC' FROM generate_series(0, 20) i
      UNION ALL SELECT now() - interval '12 years' + i * interval '1 day' FROM generate_series(1, 5) i) t;
  SELECT setval(pg_get_serial_sequence('"user"', 'id'), 1000), setval(pg_get_serial_sequence('deck', 'id'), 1000), setval(pg_get_serial_sequence('card', 'id'), 1000);`;

export interface Studied {
  readonly place: Place;
  readonly database: Database;
  /** The server itself. */
  readonly url: string;
}

/** A database in which people have studied. */
export async function studied(t: TestContext, target = server(), rows = 4000, clock: Clock = systemClock()): Promise<Studied> {
  const place = await target.withTables();
  const database = await openFresh(place, clock);
  t.after(async () => {
    await database.close();
    await place.drop();
  });
  await database.engine.dedicated((connection) => connection.script(filling(rows)));
  return { place, database, url: place.directUrl ?? place.url };
}

/** Stores the reviews in a form, by the code the command calls. */
export function store(
  { engine, clock }: Pick<Database, 'engine' | 'clock'>,
  form: StorageForm,
  more: Partial<BuildOptions> = {},
): Promise<Built> {
  return storeAs({ engine, clock, project, partitioned: REVIEWS, say: () => {}, ...more }, form);
}

/** One statement of somebody else. */
export async function sql(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** Every row of the log, as one text each. */
export async function reviews(url: string): Promise<string[]> {
  return (await sql(url, 'SELECT l::text AS row FROM study_log l ORDER BY id, reviewed_at')).map(({ row }) => String(row));
}

/** Everything that the catalogs say of the schema: columns in their order, keys, indexes, rights, owners, sequences, comments. */
export async function catalog(url: string): Promise<string> {
  const rows = await sql(
    url,
    `SELECT line FROM (
       SELECT format('column %s %s %s %s %s', attrelid::regclass, row_number() OVER (PARTITION BY attrelid ORDER BY attnum), attname, format_type(atttypid, atttypmod), attnotnull)
         || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || coalesce(a.attacl::text, '') || coalesce(col_description(attrelid, attnum), '') AS line
       FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition LEFT JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum
       WHERE c.relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
       UNION ALL SELECT format('constraint %s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(k.oid), convalidated) FROM pg_constraint k
         JOIN pg_class c ON c.oid = conrelid AND NOT c.relispartition WHERE k.connamespace = 'public'::regnamespace
       UNION ALL SELECT format('index %s', replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')) FROM pg_index x JOIN pg_class c ON c.oid = indrelid AND NOT c.relispartition
         WHERE c.relnamespace = 'public'::regnamespace
       UNION ALL SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid AND NOT c.relispartition WHERE NOT tgisinternal
       UNION ALL SELECT format('relation %s %s %s %s', relname, CASE WHEN relkind IN ('p', 'I') THEN lower(replace(relkind::text, 'p', 'r')) ELSE relkind::text END, relowner::regrole, relacl)
         || coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND NOT relispartition
       UNION ALL SELECT format('sequence %s of %s.%s', objid::regclass, refobjid::regclass, refobjsubid) FROM pg_depend d JOIN pg_class s ON s.oid = objid AND s.relkind = 'S' WHERE deptype = 'a'
       UNION ALL SELECT format('schema %s', nspname) FROM pg_namespace WHERE nspname !~ '^pg_'
       UNION ALL SELECT format('function %s', proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname !~ '^(pg_|information_schema)') AS all_of_it
     ORDER BY line`,
  );
  return rows.map(({ line }) => String(line)).join('\n');
}

/** The partitions of the log and how many rows each has. */
export async function partitions(url: string): Promise<Record<string, number>> {
  const names = await sql(
    url,
    "SELECT relid::regclass::text AS name FROM pg_partition_tree('study_log') WHERE isleaf AND level > 0 ORDER BY 1",
  );
  const found: Record<string, number> = {};
  for (const { name } of names) found[String(name)] = Number((await sql(url, `SELECT count(*) AS n FROM ${String(name)}`))[0]?.n);
  return found;
}

export const dedicated = <T>({ engine }: Pick<Database, 'engine'>, work: (connection: Connection) => Promise<T>): Promise<T> =>
  engine.dedicated(work);

const child = fileURLToPath(new URL('./build-child.ts', import.meta.url));

/** The same in a process of its own, which kills itself at a step. */
export async function storeInChild(
  url: string,
  form: StorageForm,
  dieAt = '',
): Promise<{ readonly wasKilled: boolean; readonly last: string }> {
  const running = spawn(process.execPath, [child, url, form, dieAt], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  running.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const [, signal] = (await once(running, 'close')) as [number | null, string | null];
  return { wasKilled: signal === 'SIGKILL', last: output.trim().split('\n').at(-1) ?? '' };
}
