import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { t } from '../languages/t.ts';
import { fromNumber, longDay, monthName, toNumber, weekday, weekdayName } from '../lib/days.ts';

/** From Monday on. */
const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6] as const;
const YEAR = 365;

export interface CalendarDay {
  readonly reviews: number;
  readonly level: number;
}

/**
 * A year of study days, a week a column. One cell is in the tab order, the arrow keys go on from it. How full a cell is says how much was
 * done; its colour only says it once more.
 */
export function Calendar({ days, today }: { days: ReadonlyMap<string, CalendarDay>; today: string }) {
  const last = toNumber(today);
  const first = last - YEAR + 1;
  const begin = first - weekday(first);
  const weeks = Array.from({ length: Math.ceil((last - begin + 1) / 7) }, (_, week) => begin + week * 7);
  const [chosen, setChosen] = useState(last);
  const box = useRef<HTMLDivElement>(null);
  const say = (number: number) => {
    const day = fromNumber(number);
    return t('{day}: {value, plural, one {# review} other {# reviews}}', {
      day: longDay(day),
      value: days.get(day)?.reviews ?? 0,
    });
  };

  // The newest days are what one comes for.
  useEffect(() => {
    // Newer browsers answer scrollTo with a promise, which React would take for the clean-up.
    void box.current?.scrollTo({ left: box.current.scrollWidth });
  }, []);

  function go(number: number): void {
    const to = Math.min(Math.max(number, first), last);
    setChosen(to);
    box.current?.querySelector<HTMLElement>(`[data-day="${to}"]`)?.focus();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, number> = { ArrowLeft: -7, ArrowRight: 7, ArrowUp: -1, ArrowDown: 1 };
    const step = steps[event.key];
    if (step !== undefined) go(chosen + step);
    else if (event.key === 'Home') go(first);
    else if (event.key === 'End') go(last);
    else return;
    event.preventDefault();
  }

  return (
    <>
      <div className="heat" ref={box}>
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells the arrow keys walk through is a grid. */}
        <table className="heat__grid" role="grid" aria-label={t('Reviews of the last year by day')} aria-readonly="true">
          <thead>
            <tr>
              <td />
              {weeks.map((monday, index) => {
                const month = monthName(fromNumber(monday));
                const isNew = index === 0 || month !== monthName(fromNumber(monday - 7));
                return (
                  <td key={monday} className="heat__month" aria-hidden="true">
                    {isNew && index < weeks.length - 2 ? <span>{month}</span> : null}
                  </td>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {WEEKDAYS.map((row) => (
              <tr key={row}>
                <th scope="row" className="heat__weekday">
                  <span aria-hidden="true">{row % 2 === 0 ? weekdayName(row, 'short') : ''}</span>
                  <span className="visually-hidden">{weekdayName(row, 'long')}</span>
                </th>
                {weeks.map((monday) => {
                  const number = monday + row;
                  if (number < first || number > last) return <td key={monday} />;
                  return (
                    <td
                      key={monday}
                      className={`heat__cell heat__cell--${days.get(fromNumber(number))?.level ?? 0}`}
                      data-day={number}
                      tabIndex={number === chosen ? 0 : -1}
                      aria-label={say(number)}
                      title={say(number)}
                      onClick={() => go(number)}
                      onKeyDown={onKey}
                    />
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="heat__said">{say(chosen)}</p>
      <p className="heat__key">
        <span>{t('Less')}</span>
        {[0, 1, 2, 3, 4].map((level) => (
          <span key={level} className={`heat__cell heat__cell--${level}`} />
        ))}
        <span>{t('more. Each square is fuller the more you did.')}</span>
      </p>
    </>
  );
}
