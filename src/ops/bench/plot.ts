import { type Html, html } from '../../move/report/html.ts';

/** One line of a plot: of each of the clients' steps a value, or none. */
export interface PlotLine {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

export interface Plot {
  readonly title: string;
  /** What is drawn, in one sentence, for who does not see it. */
  readonly about: string;
  readonly steps: readonly number[];
  readonly lines: readonly PlotLine[];
  /** A level that is drawn across. */
  readonly level?: { readonly name: string; readonly value: number };
  /** By ratio: each line of the grid is ten times the one below. */
  readonly isByRatio?: boolean;
  readonly format: (value: number) => string;
}

const WIDTH = 360;
const HEIGHT = 236;
const LEFT = 54;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 38;

/** Values of the grid: few, and round. */
export function gridOf(most: number, least: number, isByRatio: boolean): number[] {
  if (isByRatio) {
    const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
    return Array.from({ length: Math.max(1, to - from) + 1 }, (_, i) => 10 ** (from + i));
  }
  const rough = most / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((candidate) => candidate >= rough) as number;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => i * step);
}

const round = (value: number): string => value.toFixed(1);

/** A point of the first line is a disc, of the second a square: they differ without colour. */
const mark = (line: number, x: number, y: number): Html =>
  line === 0
    ? html`<circle cx="${round(x)}" cy="${round(y)}" r="4"/>`
    : html`<rect x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8"/>`;

/** A plot as SVG that needs no script. Steps stand at equal distances: each is a multiple of the one before. */
export function plotSvg({ title, about, steps, lines, level, isByRatio = false, format }: Plot, id: string): Html {
  const values = [...lines.flatMap((line) => line.values), level?.value].filter(
    (value) => value !== undefined && value > 0,
  ) as number[];
  const grid = gridOf(Math.max(...values, 1e-9), Math.min(...values, Number.MAX_VALUE), isByRatio);
  const [low, high] = [grid[0] as number, grid.at(-1) as number];
  const height = HEIGHT - TOP - BOTTOM;
  const place = (value: number): number =>
    isByRatio ? Math.log10(Math.max(value, low) / low) / Math.log10(high / low) : (value - low) / (high - low);
  const y = (value: number): number => TOP + height * (1 - place(value));
  const x = (step: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * (step + 0.5)) / steps.length;
  const drawn = lines.map(({ values: own }, line) => {
    const points = own.flatMap((value, step) => (value === undefined ? [] : [[x(step), y(value)] as const]));
    const path = points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${round(px)} ${round(py)}`).join('');
    return html`<g class="line${line}"><path d="${path}"/>${points.map(([px, py]) => mark(line, px, py))}</g>`;
  });
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${about}</desc>
${grid.map((value) => html`<path class="grid" d="M${LEFT} ${round(y(value))}H${WIDTH - RIGHT}"/><text class="tick end" x="${LEFT - 6}" y="${round(y(value) + 4)}">${format(value)}</text>`)}
${steps.map((step, i) => html`<text class="tick middle" x="${round(x(i))}" y="${HEIGHT - BOTTOM + 17}">${step}</text>`)}
<text class="tick middle" x="${round((LEFT + WIDTH - RIGHT) / 2)}" y="${HEIGHT - 5}">clients side by side</text>
${level === undefined ? undefined : html`<path class="level" d="M${LEFT} ${round(y(level.value))}H${WIDTH - RIGHT}"/><text class="tick end level-name" x="${WIDTH - RIGHT}" y="${round(y(level.value) - 5)}">${level.name}</text>`}
${drawn}</svg>`;
}

/** Which line is which. */
export const legend = (names: readonly string[]): Html =>
  html`<p class="legend">${names.map((name, line) => html`<span class="key"><svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true"><g class="line${line}"><path d="M1 6H27"/>${mark(line, 14, 6)}</g></svg>${name}</span>`)}</p>`;
