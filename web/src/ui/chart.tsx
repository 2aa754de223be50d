import { type ReactNode, useId } from 'react';
import { rich } from '../languages/t.ts';
import { number } from '../lib/text.ts';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What the bar says: "12 reviews". */
  readonly text: string;
}

/** A bound that is read at a glance: 1, 2 or 5 with zeros, not below the highest bar. */
function niceTop(highest: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(highest, 1)));
  return ([1, 2, 5, 10].find((step) => step * unit >= highest) ?? 10) * unit;
}

interface BarChartProps {
  /** What is shown, for those who do not see it; the table below says the rest. */
  readonly about: string;
  readonly bars: readonly Bar[];
  /** The top of the scale; a round number above the highest bar when left out. */
  readonly top?: number;
  readonly topText?: string;
}

/** Bars that fill the width. The words stand beside the picture, so that they keep their size on every screen. */
export function BarChart({ about, bars, top, topText }: BarChartProps) {
  const highest = top ?? niceTop(Math.max(0, ...bars.map((bar) => bar.value)));
  const width = 100 / Math.max(bars.length, 1);
  const marks = [0, Math.floor((bars.length - 1) / 2), bars.length - 1].filter((mark, index, all) => all.indexOf(mark) === index);
  return (
    <div className="chart">
      <p className="chart__top" aria-hidden="true">
        {topText ?? number(highest)}
      </p>
      <svg className="chart__bars" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={about}>
        <line className="chart__line" x1="0" x2="100" y1="0.5" y2="0.5" />
        <line className="chart__line" x1="0" x2="100" y1="50" y2="50" />
        {bars.map(({ label, value, text }, index) => (
          <rect
            key={label}
            className="chart__bar"
            x={index * width + width * 0.1}
            width={width * 0.8}
            y={100 - (value / highest) * 100}
            height={(value / highest) * 100}
          >
            <title>{`${label}: ${text}`}</title>
          </rect>
        ))}
        <line className="chart__line" x1="0" x2="100" y1="99.5" y2="99.5" />
      </svg>
      <p className="chart__marks" aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark}>{bars[mark]?.label}</span>
        ))}
      </p>
    </div>
  );
}

type Cell = string | number;

/** A table whose first column names the row. */
export function DataTable({
  caption,
  head,
  rows,
}: {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly Cell[])[];
}) {
  return (
    // Scrolls by itself where it is wider than the screen, so that the page does not.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard.
    <section className="table-box" aria-label={caption} tabIndex={0}>
      <table className="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, index) => (
                <td key={head[index + 1]}>{typeof cell === 'number' ? number(cell) : cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface FigureProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** Where the same table is as a file. */
  readonly csv: string;
  readonly children: ReactNode;
  /** The table that says the same as the picture; absent where a table is shown anyway. */
  readonly table?: ReactNode;
}

/** One panel of the statistics: what it means, the picture, the table that says the same, and the file. */
export function Panel({ title, lead, csv, children, table }: FigureProps) {
  const id = useId();
  return (
    <section className="section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {lead !== undefined && <p className="stats__lead">{lead}</p>}
      {children}
      {table !== undefined && (
        <details className="stats__table">
          <summary>
            {rich('Show as a table<hidden>: {title}</hidden>', {
              title,
              hidden: (text) => <span className="visually-hidden">{text}</span>,
            })}
          </summary>
          {table}
        </details>
      )}
      <p className="stats__file">
        <a href={csv} download>
          {rich('Download as CSV<hidden>: {title}</hidden>', {
            title,
            hidden: (text) => <span className="visually-hidden">{text}</span>,
          })}
        </a>
      </p>
    </section>
  );
}
