import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { ExamPlan } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { shortDay } from '../lib/days.ts';
import { inPercent, percent } from '../lib/text.ts';
import { BarChart, DataTable } from './chart.tsx';
import { Empty } from './feedback.tsx';

const aDay = (minutes: number): string =>
  minutes > 0 && minutes < 1
    ? t('less than a minute a day')
    : t('about {n, plural, one {# minute} other {# minutes}} a day', { n: Math.round(minutes) });

/** What is to be expected, and what would change it: said plainly, also where the target is out of reach. */
export function verdictOf(plan: ExamPlan): string[] {
  const { expected, target_recall: target, minutes_per_day: given, minutes_needed: needed, days_left: days } = plan;
  const share = percent(expected.planned);
  if (days === 0) return [t('The exam is today: you can expect to know {share} of its cards.', { share })];
  const expect = t(
    'With up to {n, plural, one {# minute} other {# minutes}} a day you can expect to know {share} of the cards on the day.',
    { n: given, share },
  );
  if (plan.is_reached) {
    const reached = t('That reaches your target of {target}.', { target: percent(target) });
    const isLess = needed !== null && needed > 0 && needed < given;
    const less = t('{n, plural, one {# minute} other {# minutes}} a day would be enough for it.', { n: needed ?? 0 });
    return [expect, isLess ? `${reached} ${less}` : reached];
  }
  // Rounded down: what is said to be reachable must be reached.
  const reachable = inPercent(Math.floor(expected.planned * 100));
  return [
    expect,
    needed === null
      ? t(
          'Your target of {target} cannot be reached until then, not even with eight hours a day. A target of {reachable} can, or fewer cards, or a later day.',
          { target: percent(target), reachable },
        )
      : t(
          'Your target of {target} is not reached. It would take {n, plural, one {# minute} other {# minutes}} a day instead of {given, number}, or a target of {reachable} instead of {target}.',
          { target: percent(target), n: needed, given, reachable },
        ),
  ];
}

function Figure({ name, value, more }: { name: string; value: ReactNode; more?: string | undefined }) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>
        {value}
        {more !== undefined && <span className="figure__more">{more}</span>}
      </dd>
    </div>
  );
}

/** What a plan promises: the expected recall without and with it, the work of each day, and the decks. */
export function PlanView({ plan, hasLinks = false }: { plan: ExamPlan; hasLinks?: boolean }) {
  if (plan.cards === 0) {
    return (
      <Empty title={t('No card is in this exam')}>
        <p>{t('The decks are empty, or no card has one of the tags. Cards that you suspended do not count.')}</p>
      </Empty>
    );
  }
  const { expected, days } = plan;
  const work = days.reduce((sum, day) => sum + day.minutes, 0);
  return (
    <div className="plan">
      <div role="status">
        {verdictOf(plan).map((sentence) => (
          <p key={sentence} className="lead">
            {sentence}
          </p>
        ))}
      </div>
      <dl className="figures">
        <Figure name={t('Without any more study')} value={percent(expected.untouched)} />
        {plan.days_left > 0 && (
          <>
            <Figure name={t('As you study now')} value={percent(expected.usual)} more={aDay(plan.usual_minutes)} />
            <Figure name={t('With this plan')} value={percent(expected.planned)} more={aDay(work / Math.max(days.length, 1))} />
          </>
        )}
      </dl>
      <p className="figures__note">
        {t('{cards, plural, one {# card} other {# cards}}, {fresh, number} of them not studied yet; those count as not known.', {
          cards: plan.cards,
          fresh: plan.new_cards,
        })}{' '}
        {plan.has_own_pace ? t('At your own pace:') : t('With a guess of your pace until more of your answers are there:')}{' '}
        {t('{seconds} seconds a card, {fresh} for a new one.', {
          seconds: Math.round(plan.seconds_per_card),
          fresh: Math.round(plan.seconds_per_new_card),
        })}
      </p>
      {days.length > 0 && (
        <section className="section" aria-labelledby="plan-days">
          <h2 id="plan-days">{t('Minutes a day')}</h2>
          <BarChart
            about={t(
              'Minutes of study on each of the {days, plural, one {# day} other {# days}} before the exam: {work} in all.',
              { days: days.length, work: Math.round(work) },
            )}
            bars={days.map((day) => ({
              label: shortDay(day.day),
              value: day.minutes,
              text: t('{minutes} minutes, {newcards} new, {reviews, plural, one {# review} other {# reviews}}', {
                minutes: day.minutes,
                newcards: day.new_cards,
                reviews: day.reviews,
              }),
            }))}
          />
          <details className="stats__table">
            <summary>{t('Show as a table: Minutes a day')}</summary>
            <DataTable
              caption={t('The plan, day by day')}
              head={[t('Day'), t('Minutes'), t('New cards'), t('Reviews')]}
              rows={days.map((day) => [shortDay(day.day), day.minutes, day.new_cards, day.reviews])}
            />
          </details>
        </section>
      )}
      <section className="section" aria-labelledby="plan-decks">
        <h2 id="plan-decks">{t('By deck')}</h2>
        <DataTable
          caption={t('Expected recall on the day, by deck')}
          head={[t('Deck'), t('Cards'), t('Without study'), t('As now'), t('With the plan')]}
          rows={plan.decks.map((deck) => [
            deck.name,
            deck.cards,
            percent(deck.untouched),
            percent(deck.usual),
            percent(deck.planned),
          ])}
        />
        {hasLinks && (
          <div className="actions">
            {plan.decks.map((deck) => (
              <Link key={deck.deck_id} href={`/decks/${deck.deck_id}/study`} className="button">
                {t('Study {name}', { name: deck.name })}
              </Link>
            ))}
          </div>
        )}
      </section>
      <p className="soft">
        {t(
          'These are expectations of a model of memory, not promises: they say nothing of questions that are not on your cards.',
        )}
      </p>
    </div>
  );
}
