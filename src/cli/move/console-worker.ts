import { parentPort, workerData } from 'node:worker_threads';
import { readPeer } from '../../db/peer.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readAnswers, setShadowPercent } from '../../move/answers/answer-files.ts';
import { recentLatency } from '../../move/latency/recent-latency.ts';
import { requireDirection } from '../../move/live/carrying.ts';
import type { LiveOptions } from '../../move/live/live-options.ts';
import { setPaused } from '../../move/live/pause.ts';
import { withSqlite } from '../../move/live/sides.ts';
import { moveStatus } from '../../move/live/status.ts';
import { setThrottle, showThrottle } from '../../move/live/throttle.ts';
import { verifyLive } from '../../move/live/verify-live.ts';
import { requireMoveState } from '../../move/state/sqlite-state.ts';
import { cutover, requirePhase } from '../../move/switch/cutover.ts';
import { recover } from '../../move/switch/recover.ts';
import { rollback } from '../../move/switch/rollback.ts';
import type { MoveAction, MoveView } from '../../services/move-console.ts';
import { answersText } from './answers-text.ts';
import { confirmedOnPage } from './confirmed.ts';
import type { Doing, Order, Outcome, Reply } from './console-orders.ts';
import { confirmationOf, isoOf, viewOf } from './console-view.ts';
import { liveOptions } from './live-options.ts';
import { liveVerdictText, switchText, throttleText } from './live-report.ts';
import { shareOf, throttleOf } from './settings.ts';
import { FELT_SECONDS } from './status-json.ts';
import { followInEnvFile, isCompared } from './switching.ts';

/**
 * A thread of the server that looks at the live move, or carries out what an administrator asked for. Not in the server's own: SQLite is read
 * synchronously, a comparison would stop every request, and a switch would wait for locks that requests of the same thread hold.
 */

const port = parentPort as NonNullable<typeof parentPort>;
const { sqliteFile } = workerData as { readonly sqliteFile: string };
/** Between two messages about progress. */
const TELL_MS = 100;

const reply = (message: Reply): void => port.postMessage(message);

function tellers(): Pick<LiveOptions, 'onStep'> & { readonly events: Parameters<typeof verifyLive>[1]['events'] } {
  let doing: Doing = { text: '', done: 0, total: 0 };
  let toldAt = 0;
  const tell = (next: Partial<Doing>, isAtOnce: boolean): void => {
    doing = { ...doing, ...next };
    if (!isAtOnce && performance.now() - toldAt < TELL_MS) return;
    toldAt = performance.now();
    reply({ doing });
  };
  return {
    onStep: (step) => tell({ text: step, done: 0, total: 0 }, true),
    events: {
      phase: (_, text) => tell({ text, done: 0, total: 0 }, true),
      expect: (total) => tell({ total }, false),
      rows: (_, rows) => tell({ done: doing.done + rows }, false),
      bytes: (done, total) => tell({ done, total }, false),
      done: () => {},
      note: (text) => tell({ text }, true),
    },
  };
}

/** Where both sides are; a move that ended meanwhile has no peer file. */
function optionsOf(more: Pick<LiveOptions, 'onStep'> = {}): LiveOptions {
  const peer = readPeer(sqliteFile);
  if (peer === undefined)
    throw new FlashcaseError('FC_MOVE_NOT_STARTED', {
      what: 'No move is under way.',
      hint: 'Begin with flashcase move plan --to URL.',
    });
  return { ...liveOptions(sqliteFile, peer.directUrl ?? peer.postgresUrl), ...more };
}

/** Refuses what cannot be done here and now, and records who asked. */
async function ask(action: MoveAction, who: string, typed: string | undefined): Promise<void> {
  const options = optionsOf();
  const state = await withSqlite(sqliteFile, (sqlite) => requireMoveState(sqlite, sqliteFile));
  const nowMs = Number(options.clock.now().micros / 1000n);
  if (action === 'cutover' || action === 'practice') requirePhase(state, 'forward', 'a cutover', nowMs);
  if (action === 'rollback') requirePhase(state, 'reverse', 'a rollback', nowMs);
  if (action === 'verify') requireDirection(state);
  const wanted = confirmationOf(action, state.target, sqliteFile);
  if (wanted !== null && typed !== wanted)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `type ${wanted} to confirm`,
      hint: 'It is the name of the side that takes over.',
      details: { field: 'confirm' },
    });
  // What is set is refused before it is recorded.
  if (action === 'throttle') throttleOf(typed ?? '');
  if (action === 'shadow') shareOf(typed ?? '');
  await confirmedOnPage(options, action, who, typed);
}

async function compare(): Promise<Outcome> {
  const { events, ...more } = tellers();
  const verdict = await verifyLive(optionsOf(more), { events, isParanoid: false });
  return { isOk: verdict.isEqual, text: liveVerdictText(verdict) };
}

/** As the command does: a cutover begins with a comparison when there was none since the last switch. */
async function switchOver(action: 'practice' | 'cutover' | 'rollback'): Promise<Outcome> {
  const options = optionsOf(tellers());
  if (action !== 'rollback' && !isCompared((await moveStatus(options)).events)) {
    const compared = await compare();
    if (!compared.isOk) return compared;
  }
  const isPractice = action === 'practice';
  const report = action === 'rollback' ? await rollback(options) : await cutover(options, { isPractice });
  return { isOk: true, text: switchText(report, isPractice) + (isPractice ? '' : `\n${followInEnvFile(options, report)}`) };
}

async function run(action: MoveAction, typed = ''): Promise<Outcome> {
  switch (action) {
    case 'pause':
    case 'resume': {
      const { runId } = await setPaused(optionsOf(), action === 'pause');
      return {
        isOk: true,
        text: action === 'pause' ? `Move ${runId} is paused. Users are not affected.` : `Move ${runId} goes on.`,
      };
    }
    case 'throttle': {
      const options = optionsOf();
      await setThrottle(options, throttleOf(typed));
      return { isOk: true, text: throttleText(await showThrottle(options)) };
    }
    case 'shadow': {
      await setShadowPercent(sqliteFile, shareOf(typed));
      return { isOk: true, text: answersText(await readAnswers(sqliteFile)) };
    }
    case 'recover': {
      const options = optionsOf();
      const { done } = await withSqlite(sqliteFile, (sqlite) => recover(sqlite, options));
      return { isOk: true, text: done.length === 0 ? 'Nothing was to be put right.' : done.join('\n') };
    }
    case 'verify':
      return compare();
    default:
      return switchOver(action);
  }
}

async function look(options: LiveOptions): Promise<MoveView> {
  const users = await recentLatency(sqliteFile, options.clock, FELT_SECONDS);
  return viewOf(await moveStatus(options), users, sqliteFile, isoOf(options.clock.now().text));
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'look':
      return look(optionsOf());
    case 'ask':
      return ask(order.action, order.who, order.typed);
    case 'run':
      return run(order.action, order.typed);
  }
}

port.on('message', (order: Order) => {
  obey(order).then(
    (answer) => reply({ answer }),
    (error: unknown) => {
      const known =
        error instanceof FlashcaseError ? error : new FlashcaseError('FC_INTERNAL', { what: String(error), cause: error });
      const { code, message: what, where, why, hint, details } = known;
      reply({ failure: { code, parts: { what, ...given({ where, why, hint }), details: plainOf(details) } } });
    },
  );
});

const given = (parts: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(parts).filter((part): part is [string, string] => part[1] !== undefined));

/** Details may hold what no message can carry. */
const plainOf = (details: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(details, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
