import type { MoveEvents } from '../../move/move-events.ts';

/** Redraws of the bar per second on a terminal, and lines per second elsewhere. */
const REDRAW_MS = 100;
const LINE_MS = 5000;
const BAR_WIDTH = 24;

/** `1 234 567`, with spaces that stay on one line. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ');
}

export function readableBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}

export function readableSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)}m ${String(Math.round(seconds % 60)).padStart(2, '0')}s`;
}

interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/**
 * Shows how a move goes on: a bar with rate and time left on a terminal, a plain line now and then elsewhere, NDJSON for machines.
 * Everything here goes to stderr, or to stdout as JSON; results are printed by the command.
 */
export class MoveProgress implements MoveEvents {
  readonly #out: Output;
  readonly #isJson: boolean;
  readonly #isBar: boolean;
  #phase = '';
  #text = '';
  #unit: 'rows' | 'bytes' = 'rows';
  #total = 0;
  #done = 0;
  #startedAt = performance.now();
  #shownAt = performance.now();
  #hasBar = false;

  constructor(out: Output, isJson: boolean) {
    this.#out = out;
    this.#isJson = isJson;
    this.#isBar = !isJson && out.isTTY === true;
  }

  phase(name: string, text: string): void {
    this.#wipe();
    this.#phase = name;
    this.#text = text;
    this.#unit = 'rows';
    this.#total = 0;
    this.#done = 0;
    this.#startedAt = performance.now();
    this.#shownAt = performance.now();
    if (this.#isJson) this.#json({ event: 'phase', phase: name, text });
    else this.#out.write(`${text} …\n`);
  }

  expect(rows: number): void {
    this.#total = rows;
  }

  rows(_table: string, rows: number): void {
    this.#done += rows;
    this.#show();
  }

  bytes(bytes: number, total: number): void {
    this.#unit = 'bytes';
    this.#done = bytes;
    this.#total = total;
    this.#show();
  }

  done(what: string, details: Readonly<Record<string, unknown>>): void {
    if (this.#isJson) this.#json({ event: what, ...details });
  }

  note(text: string): void {
    this.#wipe();
    if (this.#isJson) this.#json({ event: 'note', text });
    else this.#out.write(`${text}\n`);
  }

  /** Removes the bar before something else is printed. */
  end(): void {
    this.#wipe();
  }

  #json(value: Readonly<Record<string, unknown>>): void {
    this.#out.write(`${JSON.stringify(value)}\n`);
  }

  #wipe(): void {
    if (this.#hasBar) this.#out.write('\r\x1b[K');
    this.#hasBar = false;
  }

  #show(): void {
    const now = performance.now();
    if (now - this.#shownAt < (this.#isBar ? REDRAW_MS : LINE_MS)) return;
    this.#shownAt = now;
    const seconds = (now - this.#startedAt) / 1000;
    const rate = seconds > 0 ? this.#done / seconds : 0;
    const secondsLeft = rate > 0 ? Math.max(0, this.#total - this.#done) / rate : 0;
    if (this.#isJson) {
      this.#json({
        event: 'progress',
        phase: this.#phase,
        unit: this.#unit,
        done: this.#done,
        total: this.#total,
        perSecond: Math.round(rate),
        secondsLeft: Math.round(secondsLeft),
      });
      return;
    }
    const part = this.#total > 0 ? Math.min(1, this.#done / this.#total) : 0;
    const count = (value: number): string => (this.#unit === 'bytes' ? readableBytes(value) : grouped(value));
    const filled = Math.round(part * BAR_WIDTH);
    const figures = `${String(Math.floor(part * 100)).padStart(3)} %   ${count(this.#done)}/${count(this.#total)}   ${this.#unit === 'bytes' ? `${readableBytes(rate)}/s` : `${grouped(rate)} rows/s`}   ETA ${readableSeconds(secondsLeft)}`;
    if (this.#isBar) {
      this.#out.write(`\r\x1b[K  [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${figures}`);
      this.#hasBar = true;
    } else {
      this.#out.write(`  ${this.#text}: ${figures.trim()}\n`);
    }
  }
}
