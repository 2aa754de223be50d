import { setTimeout as delay } from 'node:timers/promises';
import { FlashcaseError } from '../../errors/index.ts';
import type { DatabaseState } from '../../ops/monitor/read-state.ts';
import { stateText } from './state-text.ts';

/** The terminal's other screen, without a cursor: what was there before is there again afterwards. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const TOP = '\x1b[H';
const REST_OF_LINE = '\x1b[K';
const REST_OF_SCREEN = '\x1b[J';

/** Shows the state until q or Ctrl-C is pressed. A database that does not answer is said, and looked at again. */
export async function showLive(look: () => Promise<DatabaseState>, everySeconds: number): Promise<void> {
  const { stdin, stdout } = process;
  const ending = new AbortController();
  const onKey = (key: Buffer): void => {
    if (['q', 'Q', '\x03', '\x1b'].includes(key.toString())) ending.abort();
  };
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on('data', onKey);
  stdout.write(ENTER);
  let shown: readonly string[] = ['Looking …'];
  const draw = (): void => {
    const { rows = 24, columns = 80 } = stdout;
    const lines = [...shown.slice(0, rows - 2), '', `every ${everySeconds} s; q ends, flashcase monitor --once prints all of it`];
    stdout.write(TOP + lines.map((line) => line.slice(0, columns - 1) + REST_OF_LINE).join('\r\n') + REST_OF_SCREEN);
  };
  stdout.on('resize', draw);
  try {
    draw();
    while (!ending.signal.aborted) {
      try {
        shown = stateText(await look());
      } catch (error) {
        if (!(error instanceof FlashcaseError)) throw error;
        shown = error.toText().split('\n');
      }
      draw();
      await delay(everySeconds * 1000, undefined, { signal: ending.signal }).catch(() => {});
    }
  } finally {
    stdout.off('resize', draw);
    stdin.off('data', onKey);
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write(LEAVE);
  }
}
