import { useQuery } from '@tanstack/react-query';
import { statsOf } from '../api/stats.ts';
import { count } from '../lib/text.ts';
import { BarChart, DataTable, Panel } from '../ui/chart.tsx';
import { LoadFailure, Loading } from '../ui/feedback.tsx';

const percent = (share: number): string => share.toLocaleString(undefined, { style: 'percent' });

function daysText(from: number, to: number | null): string {
  if (to === null) return `${from.toLocaleString()} days and more`;
  return from === to ? count(from, 'day') : `${from.toLocaleString()} – ${to.toLocaleString()} days`;
}

/** What the scheduler knows of one's memory: how well each card is known today, how long it lasts, how hard it is. */
export function MemoryPanels({ deck }: { deck: string | undefined }) {
  const options = statsOf.memory(deck);
  const query = useQuery(options);
  const title = 'What you know today';
  if (query.data === undefined)
    return (
      <Panel title={title} csv={options.file}>
        {query.error === null ? (
          <Loading what="Loading" />
        ) : (
          <LoadFailure what={title} error={query.error} onRetry={() => void query.refetch()} />
        )}
      </Panel>
    );
  const { cards, unknown, known, recall, stability, difficulty } = query.data;
  const left = unknown > 0 ? ` ${count(unknown, 'card was', 'cards were')} not answered by FSRS yet and not counted.` : '';
  if (cards === 0)
    return (
      <Panel title={title} csv={options.file} lead={`FSRS keeps a memory of each card it has answered.${left}`}>
        <p className="soft">There is none yet. Who studies by SM-2 can choose FSRS under Account.</p>
      </Panel>
    );
  const chances = recall.map((row) => ({ ...row, label: `${percent(row.from)} – ${percent(row.to)}` }));
  const lasts = stability.map((row) => ({ ...row, label: daysText(row.from_days, row.to_days) }));
  const hards = difficulty.map((row) => ({ ...row, label: `${row.from} – ${row.to}` }));
  return (
    <>
      <Panel
        title={title}
        csv={options.file}
        lead={`Asked today, you would know about ${Math.round(known).toLocaleString()} of ${count(cards, 'studied card')}: the sum of the chances that you remember each.${left}`}
        table={
          <DataTable
            caption="Cards by the chance to know them today"
            head={['Chance', 'Cards']}
            rows={chances.map((row) => [row.label, row.cards])}
          />
        }
      >
        <BarChart
          about={`Cards by the chance that you know them today, from 0 to 100 %: ${cards} in all.`}
          bars={chances.map((row) => ({ label: row.label, value: row.cards, text: count(row.cards, 'card') }))}
        />
      </Panel>
      <Panel
        title="Stability"
        csv={options.file}
        lead="Days after which you still know a card with a chance of 90 %. It grows with each answer in time."
        table={
          <DataTable
            caption="Cards by stability"
            head={['Stability', 'Cards']}
            rows={lasts.map((row) => [row.label, row.cards])}
          />
        }
      >
        <BarChart
          about={`Cards by stability, from none to years: ${cards} in all.`}
          bars={lasts.map((row) => ({ label: row.label, value: row.cards, text: count(row.cards, 'card') }))}
        />
      </Panel>
      <Panel
        title="Difficulty"
        csv={options.file}
        lead="From 1 to 10, by your answers. Cards above 8 are worth rewriting or splitting."
        table={
          <DataTable
            caption="Cards by difficulty"
            head={['Difficulty', 'Cards']}
            rows={hards.map((row) => [row.label, row.cards])}
          />
        }
      >
        <BarChart
          about={`Cards by difficulty, from 1 to 10: ${cards} in all.`}
          bars={hards.map((row) => ({ label: row.label, value: row.cards, text: count(row.cards, 'card') }))}
        />
      </Panel>
    </>
  );
}
