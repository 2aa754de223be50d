import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { recentLatency } from '../../../move/latency/recent-latency.ts';
import { acceptSetBack } from '../../../move/live/accept-set-back.ts';
import { follow } from '../../../move/live/follow.ts';
import { setPaused } from '../../../move/live/pause.ts';
import { withSqlite } from '../../../move/live/sides.ts';
import { moveStatus } from '../../../move/live/status.ts';
import { recover } from '../../../move/switch/recover.ts';
import { exitCodes } from '../../exit-codes.ts';
import { confirmed } from '../../move/confirmed.ts';
import { acceptedText, feltText, statusText } from '../../move/live-report.ts';
import { FELT_SECONDS, statusJson } from '../../move/status-json.ts';
import { toldHome } from './home.ts';
import { type LiveFlags, liveCommand, liveOptionsOf, print } from './live.ts';
import { progressOf } from './words.ts';

export const statusCommand = (): Command =>
  liveCommand('status', 'Say where the move is, how far behind the other side is, and what can be done next.')
    .option('--watch', 'again every second, until Ctrl-C')
    .action(async (flags: LiveFlags & { watch?: boolean }) => {
      while (await toldHome(flags)) {
        if (flags.watch !== true) return;
        await delay(1000);
      }
      const options = await liveOptionsOf(flags);
      for (;;) {
        const status = await moveStatus(options);
        const felt = await recentLatency(options.sqliteFile, options.clock, FELT_SECONDS);
        const users = status.state === undefined ? '' : `\n${feltText(felt, FELT_SECONDS)}`;
        print(
          flags,
          statusText(status).replace(/(?=\nNext: )/, () => users),
          statusJson(status, felt),
        );
        if (flags.watch !== true || status.state === undefined) return;
        await delay(1000);
      }
    });

export const pauseCommand = (): Command =>
  liveCommand('pause', 'Stop carrying; capture stays on, so nothing is missed.').action(async (flags: LiveFlags) => {
    const options = await liveOptionsOf(flags);
    await confirmed(options, 'pause', flags);
    const state = await setPaused(options, true);
    print(flags, `Move ${state.runId} is paused. Users are not affected.\nNext: flashcase move resume`, {
      event: 'paused',
      runId: state.runId,
    });
  });

export const resumeCommand = (): Command =>
  liveCommand('resume', 'Go on with a paused move.').action(async (flags: LiveFlags) => {
    const options = await liveOptionsOf(flags);
    await confirmed(options, 'resume', flags);
    const state = await setPaused(options, false);
    print(flags, `Move ${state.runId} goes on.\nNext: flashcase move status`, { event: 'resumed', runId: state.runId });
  });

export const recoverCommand = (): Command =>
  liveCommand('recover', 'Put an interrupted switch right. Every other command and every server does this by itself.')
    .option('--accept-loss', 'go on after one side was set back (a failover, a restored backup), with what is there')
    .action(async (flags: LiveFlags & { acceptLoss?: boolean }) => {
      const options = await liveOptionsOf(flags);
      if (flags.acceptLoss === true) {
        await confirmed(options, 'recover', flags);
        const progress = progressOf(flags);
        const accepted = await acceptSetBack(options, progress);
        progress.end();
        print(flags, acceptedText(accepted), { event: 'set-back-accepted', ...accepted });
        return;
      }
      const { done } = await withSqlite(options.sqliteFile, (sqlite) => recover(sqlite, options));
      print(flags, done.length === 0 ? 'Nothing was to be put right.' : done.join('\n'), { event: 'recovered', done });
    });

export const followCommand = (): Command =>
  exitCodes(
    liveCommand(
      'follow',
      'Keep the side that follows level until Ctrl-C, where no server does. Several may run; one carries.',
    ).action(async (flags: LiveFlags) => {
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      await follow(await liveOptionsOf(flags), stop.signal, {
        onPhase: (text) => print(flags, text, { event: 'phase', text }),
        onTrouble: (error) =>
          process.stderr.write(flags.json === true ? `${JSON.stringify({ error })}\n` : `${error.toText()}\n`),
      });
    }),
    { 0: 'Ended by Ctrl-C, or the move is over.' },
  );
