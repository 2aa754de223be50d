import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newSource, temporaryFolder } from './library.ts';

const child = fileURLToPath(new URL('./move-child.ts', import.meta.url));

/** A source of 3,000 books, whose ranges of 100 rows give a run many checkpoints. */
export async function bookSource(t: TestContext, books = 3000): Promise<string> {
  const file = join(temporaryFolder(t), 'source.db');
  const db = await newSource(file);
  db.exec(`
    INSERT INTO author (id, pen_name) VALUES (1, 'Ada'), (2, 'Bo');
    WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${books})
    INSERT INTO book (id, author_id, body, stars, score, is_lent, printed_at, pages)
    SELECT i, 1 + i % 2, 'book ' || i, i % 5, i / 7.0, i % 2, printf('2024-01-01 00:00:00.%06d', i), i FROM s;
    INSERT INTO shelf (room, label) VALUES ('r', 'l');
    INSERT INTO placed SELECT id, 'r', 'l' FROM book WHERE id % 3 = 0;
  `);
  db.close();
  return file;
}

export interface ChildEnd {
  readonly steps: readonly string[];
  readonly wasKilled: boolean;
}

/** Runs a move in a child, killed at a step, or after some milliseconds, or not at all. */
export async function runChild(
  file: string,
  url: string,
  kill: { readonly step?: string; readonly afterMs?: number } = {},
): Promise<ChildEnd> {
  const process_ = spawn(process.execPath, [child, file, url, kill.step ?? ''], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  process_.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const timer = kill.afterMs === undefined ? undefined : setTimeout(() => process_.kill('SIGKILL'), kill.afterMs);
  const [, signal] = (await once(process_, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return { steps: output.trim().split('\n'), wasKilled: signal === 'SIGKILL' };
}

/** Kills a move of 3,000 books at random moments up to so many times, then lets it end. */
export async function killMove(
  t: TestContext,
  url: string,
  most: number,
): Promise<{ file: string; url: string; killed: number }> {
  const file = await bookSource(t);
  let killed = 0;
  for (;;) {
    const end = await runChild(file, url, killed < most ? { afterMs: 100 + randomInt(500) } : {});
    if (end.wasKilled) killed++;
    else if (/finished|already complete/.test(end.steps.at(-1) ?? '')) return { file, url, killed };
    else throw new Error(`the move failed after ${killed} kills: ${end.steps.join()}`);
  }
}
