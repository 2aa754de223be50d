import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/db/clock.ts';
import { LatencyHistogram } from '../../src/move/latency/histogram.ts';
import { appendLatency, latencyFolderOf, readLatency, removeLatency } from '../../src/move/latency/latency-files.ts';
import { feltOf, Gathered } from '../../src/move/latency/latency-record.ts';
import { LatencyRecorder } from '../../src/move/latency/latency-recorder.ts';
import { recentLatency } from '../../src/move/latency/recent-latency.ts';
import { Timestamp } from '../../src/schema/timestamp.ts';

/** Hours ago: files that tests write are never older than what their clocks say. */
const BEGIN = Date.now() - 5 * 3_600_000;

/** A clock that tests move by hand. */
class HandClock implements Clock {
  ms = BEGIN;
  now(): Timestamp {
    return Timestamp.fromMicros(BigInt(this.ms) * 1000n);
  }
}

interface Bench {
  readonly file: string;
  readonly clock: HandClock;
  isInMove: boolean;
  recorder(name: string, onTrouble?: (error: unknown) => void): LatencyRecorder;
  /** Two seconds pass for these recorders. */
  pass(...recorders: LatencyRecorder[]): Promise<void>;
}

async function onBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'latency-'));
  const file = join(folder, 'flash.db');
  writeFileSync(file, '');
  const clock = new HandClock();
  const bench: Bench = {
    file,
    clock,
    isInMove: false,
    recorder: (process, onTrouble = () => assert.fail('it could be written')) =>
      new LatencyRecorder({ clock, process, onTrouble, fileInMove: () => (bench.isInMove ? file : undefined) }),
    async pass(...recorders) {
      clock.ms += 2000;
      for (const recorder of recorders) await recorder.tick();
    },
  };
  try {
    await work(bench);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('what users feel is measured', () => {
  test('a percentile of any times is at most 3 % away from the truth, also when histograms were added', () => {
    const parts = [new LatencyHistogram(), new LatencyHistogram()];
    const times: number[] = [];
    for (let i = 0; i < 5000; i++) {
      const ms = 0.2 * 1.0027 ** i;
      if (ms > 90_000) break;
      times.push(ms);
      parts[i % 2]?.record(ms);
    }
    const sum = new LatencyHistogram();
    for (const part of parts) sum.add(JSON.parse(JSON.stringify(part.toSparse())));
    assert.equal(sum.count, times.length);
    for (const share of [0.01, 0.25, 0.5, 0.9, 0.99, 0.999]) {
      const truth = times[Math.max(1, Math.ceil(share * times.length)) - 1] as number;
      const told = sum.percentile(share) as number;
      assert.ok(Math.abs(told / truth - 1) < 0.03, `p${share * 100}: ${told} instead of ${truth}`);
    }
    assert.equal(new LatencyHistogram().percentile(0.5), undefined);
  });

  test('nothing is written before a move; its beginning writes the hour before it', async () => {
    await onBench(async (bench) => {
      const recorder = bench.recorder('a');
      // An hour and a half: 10 ms in the first half hour, then 20 ms.
      for (let i = 0; i < 45 * 60; i++) {
        recorder.record('reads', i < 15 * 60 ? 10 : 20, 'answered');
        await bench.pass(recorder);
      }
      assert.equal(existsSync(latencyFolderOf(bench.file)), false);
      recorder.record('writes', 30, 'answered');
      bench.isInMove = true;
      await bench.pass(recorder);
      const felt = feltOf(await readLatency(bench.file));
      assert.equal(felt.reads.requests, 30 * 60);
      assert.equal(felt.reads.slowestMs, 20);
      assert.equal(felt.writes.requests, 1);
    });
  });

  test('every request is counted once, by which file it ever was: over minutes, full files and several processes', async () => {
    await onBench(async (bench) => {
      bench.isInMove = true;
      const [one, two] = [bench.recorder('one'), bench.recorder('two')];
      let requests = 0;
      await bench.pass(one, two);
      for (let i = 0; i < 4000; i++) {
        for (let ms = 1; ms < 100_000; ms *= 1.8) {
          one.record('reads', ms + (i % 7), ms > 90_000 ? 'failed' : 'answered');
          requests++;
        }
        // Often idle for a while, also when a minute begins.
        if (i % 40 < 20) {
          two.record('writes', 5, i % 100 === 0 ? 'abandoned' : 'answered');
          requests++;
        }
        await bench.pass(one, two);
      }
      assert.ok(readdirSync(latencyFolderOf(bench.file)).includes('one.fine.old'), 'the fine file was full at least once');
      const felt = feltOf(await readLatency(bench.file));
      assert.equal(felt.all.requests, requests);
      assert.equal(felt.writes.abandoned, 20);
      assert.equal(felt.writes.failed, 0);
      const recent = await recentLatency(bench.file, bench.clock, 10);
      assert.equal(recent.writes.requests, 0, 'idle in the last ten seconds');
      assert.ok(recent.reads.requests > 0);
      removeLatency(bench.file);
      assert.equal((await recentLatency(bench.file, bench.clock)).all.requests, 0);
    });
  });

  test('what was measured is forgotten at the end of a move while servers still write it, and the command that does so does not fail', async () => {
    await onBench(async (bench) => {
      const record = { from: 1, to: 2, reads: new Gathered().take(), writes: new Gathered().take() };
      let isEnded = false;
      // Into a folder that is just going, a line is lost: the report was made before.
      const server = async (name: string): Promise<void> => {
        for (let i = 0; !isEnded; i++)
          await appendLatency(bench.file, `${name}-${i % 50}`, { fine: [record], minutes: [record] }).catch(() => {});
      };
      const servers = Array.from({ length: 8 }, (_, i) => server(`s${i}`));
      try {
        for (let i = 0; i < 300; i++) {
          await delay(5);
          removeLatency(bench.file);
        }
      } finally {
        isEnded = true;
        await Promise.all(servers);
      }
      removeLatency(bench.file);
      assert.equal(existsSync(latencyFolderOf(bench.file)), false);
    });
  });

  test('a line that a kill or a full disk cut off costs that line only', async () => {
    await onBench(async (bench) => {
      bench.isInMove = true;
      const recorder = bench.recorder('a');
      recorder.record('reads', 10, 'answered');
      await bench.pass(recorder);
      appendFileSync(join(latencyFolderOf(bench.file), 'a.fine'), '\n{"from":12');
      recorder.record('reads', 10, 'answered');
      await bench.pass(recorder);
      assert.equal(feltOf(await readLatency(bench.file)).reads.requests, 2);
    });
  });

  test('measuring that cannot be written says so once, and fails nothing', async () => {
    await onBench(async (bench) => {
      bench.isInMove = true;
      // A file is where the folder should be.
      writeFileSync(latencyFolderOf(bench.file), '');
      const told: unknown[] = [];
      const recorder = bench.recorder('a', (error) => told.push(error));
      for (let i = 0; i < 3; i++) {
        recorder.record('writes', 10, 'answered');
        await bench.pass(recorder);
      }
      assert.equal(told.length, 1);
    });
  });
});
