// slow
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type KeptFile, type PruneOptions, pruneKept } from '../../src/move/report/prune-kept.ts';
import { readReport } from '../../src/move/report/read-report.ts';
import { checkSeal, keyFileOf } from '../../src/move/report/seal.ts';
import { clockAt, type FinishedMove, finishedMove, pruneOptionsFor } from './finished.ts';
import { server } from './library.ts';
import { onSqlite, runVerb } from './live.ts';

const bin = fileURLToPath(new URL('../../bin/flashcase.mjs', import.meta.url));

const everything = ({ sqliteFile }: FinishedMove): [string, string][] =>
  readdirSync(dirname(sqliteFile))
    .sort()
    .map((name) => [name, readFileSync(`${dirname(sqliteFile)}/${name}`, 'latin1')]);

async function prune(move: FinishedMove, more: Partial<PruneOptions> = {}): Promise<KeptFile> {
  const [kept, other] = await pruneKept(pruneOptionsFor(move.sqliteFile, more));
  assert.ok(kept !== undefined && other === undefined);
  assert.deepEqual([kept.file, kept.sha256, kept.runId], [move.keptFile, move.sha256, move.runId]);
  return kept;
}

/** Nothing in the folder is another than before. */
async function unchangedBy(move: FinishedMove, work: () => Promise<unknown>): Promise<void> {
  const before = everything(move);
  await work();
  assert.deepEqual(everything(move), before);
}

function flashcase(folder: string, ...words: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...words], { cwd: folder }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out: out + err }),
    );
  });
}

describe('move prune', { skip: server().skip, timeout: 300_000 }, () => {
  test('the file a finished move keeps goes when its 30 days are over, not a second earlier; what went, when and who asked is in the sealed report', async (t) => {
    const move = await finishedMove(t, 0);
    await unchangedBy(move, async () => {
      for (const days of [-400, 0, 29.999]) {
        const kept = await prune(move, { clock: clockAt(days) });
        assert.deepEqual([kept.state, kept.ageDays], ['waiting', Math.max(0, Math.floor(days))]);
      }
      const dry = await prune(move, { clock: clockAt(30.001), isDryRun: true });
      assert.deepEqual([dry.state, dry.ageDays], ['due', 30]);
    });
    const noted = readReport(move.reportFile);
    const gone = await prune(move, { clock: clockAt(31) });
    assert.deepEqual([gone.state, gone.ageDays, existsSync(move.keptFile)], ['due', 31, false]);

    const report = readReport(move.reportFile);
    assert.deepEqual(checkSeal(report).problems, []);
    assert.equal(report.seal.fingerprint, noted.seal.fingerprint);
    assert.deepEqual(report.events.slice(0, noted.events.length), noted.events);
    const added = report.events.slice(noted.events.length);
    assert.deepEqual(
      added.map(({ kind, details }) => [kind, details.user ?? details.sha256]),
      [
        ['confirmed', 'ada'],
        ['pruned', move.sha256],
      ],
    );
    assert.deepEqual([report.kept?.removedAt, report.madeAt], [added[1]?.at, noted.madeAt]);
    assert.equal(report.confirmations.at(-1)?.command, 'prune');
    assert.match(readFileSync(move.pageFile, 'utf8'), /kept until [-\d: ]+, then removed/);

    await unchangedBy(move, async () => {
      const again = await prune(move, { clock: clockAt(32) });
      assert.deepEqual([again.state, again.removedAt], ['removed', added[1]?.at]);
    });
  });

  test('nothing is removed when the file, its report or its key is not what was recorded, or somebody moved the file', async (t) => {
    const move = await finishedMove(t, 40);
    const refused = async (why: RegExp, change: () => void, restore: () => void): Promise<void> => {
      change();
      await unchangedBy(move, async () => {
        const kept = await prune(move);
        assert.equal(kept.state, 'refused');
        assert.match(kept.why ?? '', why);
      });
      restore();
    };
    const aside = (file: string): string => `${file}.aside`;
    const [file, report, key] = [move.keptFile, move.reportFile, keyFileOf(move.sqliteFile)];
    for (const each of [file, report, key]) copyFileSync(each, aside(each));
    const restored = (each: string) => (): void => copyFileSync(aside(each), each);
    chmodSync(file, 0o600);
    await refused(/checksum/, () => writeFileSync(file, 'x', { flag: 'a' }), restored(file));
    await refused(
      /changed after it was sealed/,
      () => writeFileSync(report, readFileSync(report, 'utf8').replace('"madeAt": "20', '"madeAt": "19')),
      restored(report),
    );
    await refused(/key/, () => rmSync(key), restored(key));
    renameSync(file, `${file}.elsewhere`);
    await unchangedBy(move, async () => assert.equal((await prune(move)).state, 'absent'));
    renameSync(`${file}.elsewhere`, file);
    assert.equal((await prune(move)).state, 'due');
    assert.equal(existsSync(file), false);
  });

  test('of a file that was moved twice each report goes by its own: another one under the same name, or of a move not yet finished, stays', async (t) => {
    const first = await finishedMove(t, 80);
    const { sqliteFile, keptFile } = first;
    copyFileSync(keptFile, sqliteFile);
    chmodSync(sqliteFile, 0o600);
    onSqlite(sqliteFile, (db) => db.exec("UPDATE book SET body = 'later' WHERE id = 1"));
    renameSync(keptFile, `${keptFile}.first`);
    const states = async (): Promise<ReadonlyMap<string, KeptFile>> =>
      new Map((await pruneKept(pruneOptionsFor(sqliteFile))).map((kept) => [kept.runId, kept]));
    const second = await finishedMove(t, 40, {
      again: sqliteFile,
      async afterReport() {
        const found = [...(await states()).values()].map(({ state, why }) => why ?? state).sort();
        assert.deepEqual(found, ['The move is not finished yet: flashcase move finish', 'absent']);
      },
    });
    assert.equal(second.keptFile, keptFile);
    const found = await states();
    assert.deepEqual([found.get(first.runId)?.state, found.get(second.runId)?.state], ['absent', 'due']);
    assert.equal(existsSync(keptFile), false);
    renameSync(`${keptFile}.first`, keptFile);
    const later = await states();
    assert.deepEqual([later.get(first.runId)?.state, later.get(second.runId)?.state], ['due', 'removed']);
    assert.equal(existsSync(keptFile), false);
  });

  test('a file that alone holds old values goes only by --discard-old-values', async (t) => {
    const move = await finishedMove(t, 40, {
      decisions: [{ table: 'book', column: 'body', kind: 'nul_character', remedy: 'replace' }],
    });
    await unchangedBy(move, async () => {
      const kept = await prune(move);
      assert.deepEqual([kept.state, kept.onlyHere], ['alone', ['book.body (nul_character: replace)']]);
    });
    assert.equal((await prune(move, { isDiscarding: true })).state, 'due');
    assert.deepEqual(readReport(move.reportFile).events.at(-1)?.details.onlyHere, ['book.body (nul_character: replace)']);
  });

  test('T-36: a prune killed at each of its steps is finished by the same command, and recorded once', async (t) => {
    const move = await finishedMove(t, 40);
    for (const step of ['recorded', 'removed'])
      assert.equal((await runVerb('prune', move.sqliteFile, '', { step })).wasKilled, true, step);
    assert.equal((await prune(move)).state, 'removed');
    const report = readReport(move.reportFile);
    assert.deepEqual(checkSeal(report).problems, []);
    assert.equal(report.events.filter(({ kind }) => kind === 'pruned').length, 1);
  });

  test('flashcase move prune names file, age and checksum, and says what it did and what it did not', async (t) => {
    const young = await finishedMove(t, 12);
    const named = (move: FinishedMove): string[] => ['move', 'prune', '--from', move.sqliteFile];
    const waits = await flashcase(dirname(young.sqliteFile), ...named(young));
    assert.equal(waits.code, 0, waits.out);
    assert.ok(waits.out.includes(`${young.keptFile} (`) && waits.out.includes(young.sha256), waits.out);
    assert.match(waits.out, /12 days old[\s\S]*until +\d{4}-[\s\S]*keeps it for 30 days/);

    const old = await finishedMove(t, 40);
    const dry = await flashcase(dirname(old.sqliteFile), ...named(old), '--dry-run');
    assert.equal(dry.code, 0, dry.out);
    assert.match(dry.out, /nothing was removed[\s\S]*40 days old/);
    assert.ok(existsSync(old.keptFile));
    const gone = await flashcase(dirname(old.sqliteFile), ...named(old));
    assert.match(gone.out, /was removed\.[\s\S]*40 days old[\s\S]*sealed again/);
    assert.equal(existsSync(old.keptFile), false);
    const again = await flashcase(dirname(old.sqliteFile), ...named(old), '--json');
    const { isDryRun, kept } = JSON.parse(again.out) as { isDryRun: boolean; kept: KeptFile[] };
    assert.deepEqual([again.code, isDryRun, kept[0]?.state], [0, false, 'removed']);
    const check = await flashcase(dirname(old.sqliteFile), 'move', 'report', '--check', old.reportFile);
    assert.match(check.out, /is as it was sealed/);
  });
});
