import { useQuery } from '@tanstack/react-query';
import { statsOf } from '../api/stats.ts';
import { t } from '../languages/t.ts';
import { daysFromTo } from '../lib/interval-text.ts';
import { number, percent } from '../lib/text.ts';
import { BarChart, DataTable, Panel } from '../ui/chart.tsx';
import { LoadFailure, Loading } from '../ui/feedback.tsx';

/** What the scheduler knows of one's memory: how well each card is known today, how long it lasts, how hard it is. */
export function MemoryPanels({ deck }: { deck: string | undefined }) {
  const options = statsOf.memory(deck);
  const query = useQuery(options);
  const title = t('What you know today');
  if (query.data === undefined)
    return (
      <Panel title={title} csv={options.file}>
        {query.error === null ? (
          <Loading what={t('Loading')} />
        ) : (
          <LoadFailure what={title} error={query.error} onRetry={() => void query.refetch()} />
        )}
      </Panel>
    );
  const { cards, unknown, known, recall, stability, difficulty } = query.data;
  const left = t(
    '{n, plural, one {# card was not answered by FSRS yet and is not counted.} other {# cards were not answered by FSRS yet and are not counted.}}',
    { n: unknown },
  );
  const withLeft = (lead: string): string => (unknown > 0 ? `${lead} ${left}` : lead);
  if (cards === 0)
    return (
      <Panel title={title} csv={options.file} lead={withLeft(t('FSRS keeps a memory of each card you have answered with it.'))}>
        <p className="soft">{t('There is none yet. Who studies by SM-2 can choose FSRS under Account.')}</p>
      </Panel>
    );
  const chances = recall.map((row) => ({ ...row, label: `${percent(row.from)} – ${percent(row.to)}` }));
  const lasts = stability.map((row) => ({ ...row, label: daysFromTo(row.from_days, row.to_days) }));
  const hards = difficulty.map((row) => ({ ...row, label: `${number(row.from)} – ${number(row.to)}` }));
  return (
    <>
      <Panel
        title={title}
        csv={options.file}
        lead={withLeft(
          t(
            'Asked today, you would know about {known, number} of {cards, plural, one {# studied card} other {# studied cards}}: the sum of the chances that you remember each.',
            { known: Math.round(known), cards },
          ),
        )}
        table={
          <DataTable
            caption={t('Cards by the chance to know them today')}
            head={[t('Chance'), t('Cards')]}
            rows={chances.map((row) => [row.label, row.cards])}
          />
        }
      >
        <BarChart
          about={t('Cards by the chance that you know them today, from 0 to 100 %: {cards} in all.', { cards })}
          bars={chances.map((row) => ({
            label: row.label,
            value: row.cards,
            text: t('{n, plural, one {# card} other {# cards}}', { n: row.cards }),
          }))}
        />
      </Panel>
      <Panel
        title={t('Stability')}
        csv={options.file}
        lead={t('Days after which you still know a card with a chance of 90 %. It grows with each answer in time.')}
        table={
          <DataTable
            caption={t('Cards by stability')}
            head={[t('Stability'), t('Cards')]}
            rows={lasts.map((row) => [row.label, row.cards])}
          />
        }
      >
        <BarChart
          about={t('Cards by stability, from none to years: {cards} in all.', { cards })}
          bars={lasts.map((row) => ({
            label: row.label,
            value: row.cards,
            text: t('{n, plural, one {# card} other {# cards}}', { n: row.cards }),
          }))}
        />
      </Panel>
      <Panel
        title={t('Difficulty')}
        csv={options.file}
        lead={t('From 1 to 10, by your answers. Cards above 8 are worth rewriting or splitting.')}
        table={
          <DataTable
            caption={t('Cards by difficulty')}
            head={[t('Difficulty'), t('Cards')]}
            rows={hards.map((row) => [row.label, row.cards])}
          />
        }
      >
        <BarChart
          about={t('Cards by difficulty, from 1 to 10: {cards} in all.', { cards })}
          bars={hards.map((row) => ({
            label: row.label,
            value: row.cards,
            text: t('{n, plural, one {# card} other {# cards}}', { n: row.cards }),
          }))}
        />
      </Panel>
    </>
  );
}
