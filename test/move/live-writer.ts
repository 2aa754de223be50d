import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/**
 * A user in a process of its own, who knows nothing of moves: writes wherever a side takes it, and keeps a synced journal of what was acknowledged.
 * `live-writer.ts sqliteFile postgresUrl journal name`. Ends on SIGTERM, between two writes.
 */
const [file = '', url = '', journal = '', name = ''] = process.argv.slice(2);
const log = openSync(journal, 'a');
let isEnding = false;
process.on('SIGTERM', () => {
  isEnding = true;
});

interface Write {
  readonly op: 'insert' | 'update' | 'delete';
  readonly body: string;
  readonly stars: number;
}

const SQL = {
  insert: 'INSERT INTO book (author_id, body, stars) VALUES (1, $1, $2)',
  update: 'UPDATE book SET stars = $2 WHERE body = $1',
  delete: 'DELETE FROM book WHERE body = $1',
};

let sqlite: DatabaseSync | undefined;
function onSqlite({ op, body, stars }: Write): boolean {
  try {
    sqlite ??= new DatabaseSync(file, { timeout: 10_000 });
    sqlite.exec('PRAGMA synchronous = FULL');
    const { changes } = sqlite.prepare(SQL[op].replaceAll('$', '?')).run(...(op === 'delete' ? [body] : [body, stars]));
    // The fence of SQLite is met by rows: where there is none (not carried back yet), nothing refuses, and nothing is written.
    return changes === 1;
  } catch (error) {
    if (/FlashCase/.test(String(error))) return false;
    throw error;
  }
}

let client: pg.Client | undefined;
async function onPostgres({ op, body, stars }: Write): Promise<boolean> {
  try {
    if (client === undefined) {
      client = new pg.Client({ connectionString: url });
      client.on('error', () => {});
      await client.connect();
    }
    const { rowCount } = await client.query(SQL[op], op === 'delete' ? [body] : [body, stars]);
    if (rowCount !== 1) throw new Error(`PostgreSQL changed ${rowCount} rows by ${op} of ${body}`);
    return true;
  } catch (error) {
    const text = String((error as Error).message);
    // Fenced; not copied yet (no table, no key).
    if (/FlashCase|does not exist/.test(text)) return false;
    throw error;
  }
}

const mine: string[] = [];
let n = 0;
process.stdout.write('writing\n');
while (!isEnding) {
  n++;
  const dice = Math.random();
  const chosen = mine[Math.floor(Math.random() * mine.length)];
  const write: Write =
    dice < 0.6 || chosen === undefined
      ? { op: 'insert', body: `${name} ${n}`, stars: n % 5 }
      : { op: dice < 0.85 ? 'update' : 'delete', body: chosen, stars: n % 7 };
  const since = performance.now();
  for (let isDone = false; !isDone && !isEnding; ) {
    if (performance.now() - since > 30_000) throw new Error(`no side takes ${write.op} of ${write.body}`);
    isDone = onSqlite(write) || (await onPostgres(write));
    if (!isDone) {
      await delay(1);
      continue;
    }
    writeSync(log, `${JSON.stringify(write)}\n`);
    fsyncSync(log);
    if (write.op === 'insert') mine.push(write.body);
    if (write.op === 'delete') mine.splice(mine.indexOf(write.body), 1);
  }
  await delay(Math.random() * 4);
}
sqlite?.close();
await client?.end();
closeSync(log);
