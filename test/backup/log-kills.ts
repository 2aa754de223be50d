import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FlashcaseError } from '../../src/errors/index.ts';
import { listChains } from '../../src/ops/backup/log/windows.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { childEnv } from '../support/child-env.ts';
import { openedDespiteFault, type PowerCutFolder } from '../support/faults.ts';
import { type Installation, installation, temporaryFolder } from './backups.ts';
import { assertExactly, type Marker, markersAt } from './change-log.ts';

const child = fileURLToPath(new URL('./log-child.ts', import.meta.url));

interface Round {
  readonly markers: Marker[];
  readonly told: string[];
}

/** Runs a server until the time is over; a sent marker that was never acknowledged may be there or not. */
async function round({ folder }: Installation, first: number, ms: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<Round> {
  const running = spawn(process.execPath, [child, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: childEnv(),
  });
  let text = '';
  running.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const ended = once(running, 'close');
  for (let i = 0; !text.includes('ok ') && i < 600; i++) await delay(50);
  await delay(ms);
  running.kill(signal);
  await ended;
  const lines = text.split('\n').slice(0, -1);
  const sent = new Map<number, bigint>();
  const acknowledged = new Map<number, bigint>();
  for (const line of lines) {
    const [what, n, micros] = line.split(' ');
    if (what === 'sent') sent.set(Number(n), BigInt(micros ?? 0));
    if (what === 'ok') acknowledged.set(Number(n), BigInt(micros ?? 0));
  }
  const never = 2n ** 62n;
  return {
    markers: [...sent].map(([n, at]) => ({ n, sent: at, acknowledged: acknowledged.get(n) ?? never })),
    told: lines.filter((line) => line.startsWith('told ')),
  };
}

export interface LogKills {
  readonly rounds: number;
  readonly moments: number;
  readonly random: () => number;
  /** Database and log are there, and its power fails with each kill. */
  readonly disk?: PowerCutFolder;
}

/** The highest number in the file; 0: none yet. */
function lastMarker(file: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const found = db.prepare("SELECT 1 AS v FROM sqlite_schema WHERE name = 'marker'").get();
    return found === undefined ? 0 : Number(db.prepare('SELECT coalesce(max(n), 0) AS n FROM marker').get()?.n);
  } finally {
    db.close();
  }
}

/**
 * Kills a server at random again and again, and restores random moments of all its life. @returns how many moments were restored exactly, how many lay in a gap or a stretch that was told, and how many such
 * stretches there were
 */
export async function killRounds(
  t: TestContext,
  { rounds, moments, random, disk }: LogKills,
): Promise<{ exact: number; refused: number; chains: number; stretches: number; told: readonly string[] }> {
  const made = await openedDespiteFault(() => installation(t, { within: disk?.path }));
  const { options, file } = made;
  const folder = temporaryFolder(t);
  const markers: Marker[] = [];
  const told: string[] = [];
  const run = async (ms: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const last = await openedDespiteFault(() => lastMarker(file));
    // What was sent and is not there is written again: its number is another one's then.
    while ((markers.at(-1)?.n ?? 0) > last) markers.pop();
    const result = await round(made, last + 1, ms, signal);
    if (signal === 'SIGKILL') await disk?.cut();
    markers.push(...result.markers);
    told.push(...result.told);
  };
  // The first lives long enough to have a window.
  await run(5000, 'SIGKILL');
  for (let i = 1; i < rounds; i++) await run(Math.floor(random() * 3000), 'SIGKILL');
  await run(3000, 'SIGTERM');
  const { directory } = options.backup;
  const windows = listChains(directory, undefined).flatMap(({ window }) => (window === undefined ? [] : [window]));
  assert.ok(windows.length > 0, told.join(' | '));
  const begin = windows.at(-1)?.from as string;
  const from = (Timestamp.parse(begin) as Timestamp).micros + 1_000_000n;
  const end = (Timestamp.parse(windows[0]?.to ?? '') as Timestamp).micros;
  let exact = 0;
  let refused = 0;
  // Nothing was noted of what was committed right before a kill: with none of it, or all of it, a moment is exact.
  const stretches = windows.flatMap((window) =>
    window.undated.filter(({ after, upTo }) => after >= window.from && upTo <= window.to),
  );
  for (const { after, upTo } of stretches) {
    const [from, to] = [after, upTo].map((text) => Timestamp.parse(text) as Timestamp) as [Timestamp, Timestamp];
    for (const edge of [from, to]) assertExactly(await markersAt(edge, options, folder), markers, edge);
    await assert.rejects(markersAt(Timestamp.fromMicros((from.micros + to.micros) / 2n), options, folder), {
      code: 'FC_RESTORE_WINDOW',
      why: new RegExp(`between ${after} and ${upTo} were made nobody noted`),
    });
  }
  for (let i = 0; i < moments; i++) {
    const moment = Timestamp.fromMicros(i === 0 ? end : from + BigInt(Math.floor(random() * Number(end - from))));
    try {
      assertExactly(await markersAt(moment, options, folder), markers, moment);
      exact++;
    } catch (error) {
      if (!(error instanceof FlashcaseError && error.code === 'FC_RESTORE_WINDOW')) throw error;
      refused++;
      // Within a window's first second the making of its backup may lie.
      const isWithin = windows.some(
        (one) =>
          one.to >= moment.text &&
          (Timestamp.parse(one.from) as Timestamp).micros + 1_500_000n <= moment.micros &&
          !one.undated.some(({ after, upTo }) => after < moment.text && moment.text < upTo),
      );
      assert.ok(!isWithin, `${moment.text} is in a window that was printed: ${error.why}`);
    }
  }
  // The clean end: everything that was acknowledged is in the last moment.
  const all = await markersAt(Timestamp.fromMicros(end), options, folder);
  const missing = markers.filter(({ n, acknowledged }) => acknowledged < 2n ** 62n && !all.includes(n));
  assert.deepEqual(missing, []);
  return { exact, refused, chains: windows.length, stretches: stretches.length, told };
}
