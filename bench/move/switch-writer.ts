import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';

/** Users of the switch benchmark: reviews, one after the other, on whichever side takes them. Tells how long each waited. */
const { file, url } = workerData as { readonly file: string; readonly url: string };
const port = parentPort as NonNullable<typeof parentPort>;
let isEnding = false;
port.on('message', () => {
  isEnding = true;
});
const SQL = `INSERT INTO study_log (user_id, card_id, reviewed_at, ease_factor, interval, repetitions, last_rating, due_date, next_review, created_at)
  VALUES (1, 1, $1, 2.5, 1, 1, 3, $1, $1, $1)`;
const sqlite = new DatabaseSync(file, { timeout: 10_000 });
sqlite.exec('PRAGMA synchronous = FULL');
const insert = sqlite.prepare(SQL.replaceAll('$1', '?1'));
const client = new pg.Client({ connectionString: url });
await client.connect();

const isFenced = (error: unknown): boolean => /FlashCase/.test(String((error as Error).message));

async function write(at: string): Promise<boolean> {
  try {
    insert.run(at);
    return true;
  } catch (error) {
    if (!isFenced(error)) throw error;
  }
  try {
    await client.query(SQL, [`${at}Z`]);
    return true;
  } catch (error) {
    if (!isFenced(error)) throw error;
    return false;
  }
}

let written = 0;
let longestMs = 0;
for (let i = 0; !isEnding; i++) {
  const at = `2026-01-01 00:00:00.${String(i % 1_000_000).padStart(6, '0')}`;
  const began = performance.now();
  while (!(await write(at))) await delay(1);
  longestMs = Math.max(longestMs, performance.now() - began);
  written++;
  await delay(5);
}
sqlite.close();
await client.end();
port.postMessage({ written, longestMs });
port.close();
