import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { FoundCard } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { day } from '../lib/text.ts';

/** Height of every row: only those in sight are in the page, whatever was found. As --row in browse.css. */
const ROW = 56;
/** Height of the row of names above them. */
const HEAD = 40;
/** Rows kept above and below what is in sight. */
const SPARE = 10;

interface CardTableProps {
  /** All rows, by the ids of their cards. */
  readonly ids: readonly number[];
  /** A card whose row is in sight; absent until it is there. */
  cardOf(id: number): FoundCard | undefined;
  /** Rows there are, for those who hear the table; -1 where nobody knows. */
  readonly rowCount: number;
  readonly selected: ReadonlySet<number>;
  onSelect(ids: readonly number[], isSelected: boolean): void;
  /** Rows come into sight, from one to before another. */
  onSight(first: number, last: number): void;
}

/** What a card is doing, in a word or two. */
function standing(card: FoundCard): string {
  if (card.is_suspended) return t('Suspended');
  if (card.buried_until !== null && Date.parse(`${card.buried_until}Z`) > Date.now()) return t('Buried');
  if (card.review_count === 0 || card.next_review === null) return t('New');
  return Date.parse(`${card.next_review}Z`) <= Date.now() ? t('Due now') : day(card.next_review);
}

/** Said outright: laid out as a grid, a table is none any more for some screen readers. */
const HEARD_AS = {
  table: { role: 'table' },
  rows: { role: 'rowgroup' },
  row: { role: 'row' },
  name: { role: 'columnheader' },
  cell: { role: 'cell' },
} as const;

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 300);

const label = (card: FoundCard): string => oneLine(card.front).slice(0, 80);

/** Cards as rows, of which only those in sight are in the page. Arrow keys go from row to row, space selects, with shift a stretch. */
export function CardTable({ ids, cardOf, rowCount, selected, onSelect, onSight }: CardTableProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [wanted, setWanted] = useState<number>();
  // Where a stretch begins, and the row that it was taken to: cards, since rows change their places.
  const anchor = useRef<number>(undefined);
  const reached = useRef<number>(undefined);
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const last = Math.min(ids.length, Math.ceil((top + height) / ROW) + SPARE);

  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    onSight(first, last);
  }, [first, last, onSight]);
  // The row that the keyboard goes to may only now have come into the page.
  useEffect(() => {
    if (wanted === undefined) return;
    const box = frame.current?.querySelector<HTMLInputElement>(`[data-row="${wanted}"]`);
    if (box === null || box === undefined) return;
    box.focus({ preventScroll: true });
    setWanted(undefined);
  });

  function goTo(at: number): void {
    const element = frame.current;
    if (element === null || at < 0 || at >= ids.length) return;
    if (at * ROW < element.scrollTop) element.scrollTop = at * ROW;
    else if ((at + 1) * ROW + HEAD > element.scrollTop + element.clientHeight)
      element.scrollTop = (at + 1) * ROW + HEAD - element.clientHeight;
    setWanted(at);
  }

  function onKey(event: KeyboardEvent, at: number): void {
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: Math.floor(height / ROW),
      PageUp: -Math.floor(height / ROW),
      Home: -at,
      End: ids.length - 1 - at,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = Math.min(Math.max(at + step, 0), ids.length - 1);
    if (event.shiftKey) {
      // With the focus elsewhere than a stretch has come to, another one begins here.
      if (reached.current !== ids[at]) anchor.current = ids[at];
      select(to, true, true);
    } else {
      anchor.current = ids[to];
      reached.current = anchor.current;
    }
    goTo(to);
  }

  function select(at: number, isSelected: boolean, isStretch: boolean): void {
    const began = isStretch && anchor.current !== undefined ? ids.indexOf(anchor.current) : -1;
    const other = began < 0 ? at : began;
    anchor.current = ids[other];
    reached.current = ids[at];
    onSelect(ids.slice(Math.min(other, at), Math.max(other, at) + 1), isSelected);
  }

  return (
    <div
      className="card-table"
      ref={frame}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      style={{ height: `min(${ids.length * ROW + HEAD}px, 70vh)` }}
    >
      <table
        {...HEARD_AS.table}
        aria-label={t('Cards found')}
        aria-rowcount={rowCount < 0 ? -1 : rowCount + 1}
        style={{ height: ids.length * ROW + HEAD }}
      >
        <thead {...HEARD_AS.rows}>
          <tr {...HEARD_AS.row} className="card-table__row" aria-rowindex={1}>
            <th {...HEARD_AS.name} scope="col">
              <span className="hidden">{t('Selected')}</span>
            </th>
            <th {...HEARD_AS.name} scope="col">
              {t('Card')}
            </th>
            <th {...HEARD_AS.name} scope="col" className="card-table__deck">
              {t('Deck and tags')}
            </th>
            <th {...HEARD_AS.name} scope="col">
              {t('Due')}
            </th>
          </tr>
        </thead>
        <tbody {...HEARD_AS.rows}>
          {ids.slice(first, last).map((id, offset) => {
            const at = first + offset;
            const card = cardOf(id);
            const isSelected = selected.has(id);
            return (
              <tr
                key={id}
                {...HEARD_AS.row}
                aria-rowindex={at + 2}
                className={`card-table__row${isSelected ? ' card-table__row--selected' : ''}`}
                style={{ transform: `translateY(${at * ROW}px)` }}
              >
                <td {...HEARD_AS.cell}>
                  <label className="card-table__box">
                    <input
                      type="checkbox"
                      data-row={at}
                      checked={isSelected}
                      aria-label={
                        card === undefined
                          ? t('Select row {row, number}', { row: at + 1 })
                          : t('Select {card}', { card: label(card) })
                      }
                      onChange={(event) =>
                        select(at, event.target.checked, (event.nativeEvent as unknown as MouseEvent).shiftKey === true)
                      }
                      onKeyDown={(event) => onKey(event, at)}
                    />
                  </label>
                </td>
                {card === undefined ? (
                  <td {...HEARD_AS.cell} className="card-table__card soft">
                    …
                  </td>
                ) : (
                  <Cells card={card} />
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Cells({ card }: { card: FoundCard }) {
  return (
    <>
      <td {...HEARD_AS.cell} className="card-table__card">
        <Link
          href={card.note_id === null ? `/decks/${card.deck_id}` : `/notes/${card.note_id}`}
          className="card-table__front"
          dir="auto"
          lang=""
        >
          {oneLine(card.front)}
        </Link>
        <span className="card-table__back" dir="auto" lang="">
          {oneLine(card.back)}
        </span>
      </td>
      <td {...HEARD_AS.cell} className="card-table__deck">
        <span className="card-table__name">{card.deck_name}</span>
        <span className="card-table__back">{card.tags.join(' ')}</span>
      </td>
      <td {...HEARD_AS.cell} className="card-table__due">
        <Link
          href={`/cards/${card.id}/history`}
          aria-label={t('{standing}: history of {card}', { standing: standing(card), card: label(card) })}
        >
          {standing(card)}
        </Link>
        {card.flag > 0 && <span className="card-table__back">{t('Flag {flag}', { flag: card.flag })}</span>}
      </td>
    </>
  );
}
