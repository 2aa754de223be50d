import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { parseDatabaseUrl } from '../../../src/db/database-url.ts';
import { upgrade } from '../../../src/revisions/run.ts';
import type { KeptCopy } from '../../../src/revisions/undo/copies.ts';
import { engines, type Place } from '../../support/database.ts';
import { type Bench, onFresh } from '../own-schema.ts';
import { history, making, rowsOfMaking, undoing } from './parcels.ts';

export const sqlite = engines()[0] as NonNullable<ReturnType<typeof engines>[0]>;
export const fileOf = (place: Place): string => {
  const address = parseDatabaseUrl(place.url, '/');
  assert.ok(typeof address === 'object' && address.engine === 'sqlite');
  return address.file;
};
export const beside = (file: string): string[] =>
  readdirSync(dirname(file))
    .filter((name) => !/-(?:wal|shm)$/.test(name))
    .toSorted();

/** A file at 0001 with rows, closed. */
export async function atFirst(work: (bench: Bench, file: string) => Promise<void>): Promise<void> {
  await onFresh(sqlite, async (bench) => {
    await upgrade(bench.run([making], { keep: {} }));
    for (const statement of rowsOfMaking) await bench.query(statement);
    await bench.engine.close();
    await work(bench, fileOf(bench.place));
  });
}

/** Applies revisions with copies, as the command does, and closes the file. */
export async function upgraded(bench: Bench, revisions = history): Promise<KeptCopy[]> {
  const copies: KeptCopy[] = [];
  const engine = undoing(bench.place).open();
  try {
    await upgrade({ ...bench.run(revisions), engine, keep: { onCopy: (copy) => copies.push(copy) } });
  } finally {
    await engine.close();
  }
  return copies;
}

export const write = (file: string, statements: string): void => {
  const db = new DatabaseSync(file);
  db.exec(statements);
  db.close();
};

/** Starts the child, kills it at a step (or lets it end) and returns the steps it came to. */
export async function killedAt(place: Place, what: string, step: string): Promise<string[]> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('undo.child.ts', import.meta.url)), what, step, place.url, place.directUrl ?? ''],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (text.split('\n').includes(step)) child.kill('SIGKILL');
  }
  return text.trim().split('\n');
}
