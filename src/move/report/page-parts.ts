import { type Html, html } from './html.ts';

/** A column of a table, and how its cells are set. */
export interface Column {
  readonly head: string;
  readonly style?: 'number' | 'moment' | 'details';
}

/** A table that scrolls by itself where the screen is narrow. The first cell of a row names it. */
export function table(name: string, columns: readonly Column[], rows: readonly (readonly unknown[])[]): Html {
  const styled = ({ style }: Column): Html => (style === undefined ? html`` : html` class="${style}"`);
  const cell = (value: unknown, i: number): Html => {
    const column = columns[i] as Column;
    return i === 0 ? html`<th scope="row"${styled(column)}>${value}</th>` : html`<td${styled(column)}>${value}</td>`;
  };
  return html`<div class="wide" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${columns.map((column) => html`<th scope="col"${styled(column)}>${column.head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div>`;
}

/** A part of a page under its heading. */
export const section = (title: string, about: string, content: Html): Html =>
  html`<section><h2>${title}</h2>${about === '' ? undefined : html`<p class="soft">${about}</p>`}${content}</section>\n`;
