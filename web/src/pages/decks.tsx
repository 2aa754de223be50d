import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { api, dataOf } from '../api/client.ts';
import { deckTree } from '../api/deck-tree.ts';
import { examList, examPlan } from '../api/exams.ts';
import { deckById, deckList, studySettings } from '../api/queries.ts';
import { statsOf } from '../api/stats.ts';
import type { Exam } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { inDays, longDay } from '../lib/days.ts';
import { useDraft } from '../lib/drafts.ts';
import { percent } from '../lib/text.ts';
import { DeckRow, DeckTree } from '../ui/deck-tree.tsx';
import { Empty, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { problemOfText, TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { useSubmit } from '../ui/use-submit.ts';

/** Typing asks the server once it pauses, not at every letter. */
const PAUSE_MS = 250;

/** The search stands in the address: back from a deck, it is still there. */
function useSearchBox() {
  const [params, setParams] = useSearchParams();
  const asked = params.get('search') ?? '';
  const [typed, setTyped] = useState(asked);
  useEffect(() => {
    if (typed.trim() === asked) return;
    const timer = setTimeout(() => setParams(typed.trim() === '' ? {} : { search: typed.trim() }, { replace: true }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, asked, setParams]);
  return { typed, setTyped, asked };
}

export function DecksPage() {
  const { typed, setTyped, asked } = useSearchBox();
  const own = useQuery(deckTree);
  const due = own.data?.nodes.reduce((sum, { depth, total }) => sum + (depth === 0 ? total.due_count : 0), 0) ?? 0;
  return (
    <Page title={t('Decks')}>
      <h1>{t('Decks')}</h1>
      <p className="lead">
        {own.data === undefined || asked !== ''
          ? ' '
          : due === 0
            ? t('Nothing is due.')
            : t('{due, plural, one {# card} other {# cards}} due.', { due })}
      </p>
      <TodayLine />
      <CatchUpLine due={asked === '' ? due : 0} />
      <ExamLines />
      <search className="search">
        <label className="visually-hidden" htmlFor="search">
          {t('Search decks by name')}
        </label>
        <input
          id="search"
          type="search"
          className="field__input"
          placeholder={t('Search decks by name')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </search>
      <DeckSection search={asked} />
      <NewDeck />
      <p className="section soft">
        <Link href="/discover">{t('Discover the decks that others share')}</Link>
      </p>
    </Page>
  );
}

/** What was done today, once something ever was. */
function TodayLine() {
  const { data } = useQuery(statsOf.today());
  if (data === undefined || data.streak.longest === 0) return null;
  return (
    <p className="soft">
      {data.reviews === 0
        ? t('Nothing studied yet today')
        : t('{reviews, plural, one {# review} other {# reviews}} today', { reviews: data.reviews })}
      {data.streak.current > 0 && t(', {current, plural, one {# day} other {# days}} in a row', { current: data.streak.current })}
      . <Link href="/statistics">{t('See your statistics')}</Link>
    </p>
  );
}

/** The plan to catch up, or the way to one where more is due than a day asks. */
function CatchUpLine({ due }: { due: number }) {
  const { data } = useQuery(studySettings);
  if (data === undefined || (data.catch_up === null && due <= data.reviews_per_day)) return null;
  const plan = data.catch_up;
  return (
    <p className="soft">
      {plan !== null
        ? t('Catching up: {reviewsperday, plural, one {# review} other {# reviews}} a day until {until}.', {
            reviewsperday: plan.reviews_per_day,
            until: longDay(plan.until),
          })
        : t('More is due than the {reviewsperday, plural, one {# review} other {# reviews}} of a day.', {
            reviewsperday: data.reviews_per_day,
          })}{' '}
      <Link href="/catch-up">{plan !== null ? t('See the plan') : t('Plan how to catch up')}</Link>
    </p>
  );
}

/** Exams to come, each with its countdown, and the way to those that are over. */
function ExamLines() {
  const { data } = useQuery(examList);
  const running = data?.filter((exam) => exam.is_running) ?? [];
  if (data === undefined || data.length === 0) return null;
  if (running.length === 0) {
    return (
      <p className="soft">
        <Link href="/exams">{t('All exams')}</Link>
      </p>
    );
  }
  return (
    <section className="section" aria-labelledby="exams">
      <h2 id="exams">{running.length === 1 ? t('Your exam') : t('Your exams')}</h2>
      <ul className="list">
        {running.map((exam) => (
          <ExamRow key={exam.id} exam={exam} />
        ))}
      </ul>
      <p>
        <Link href="/exams">{t('All exams')}</Link>
      </p>
    </section>
  );
}

function ExamRow({ exam }: { exam: Exam }) {
  const { data: plan } = useQuery(examPlan(String(exam.id)));
  return (
    <li className="deck-row">
      <div className="deck-row__main">
        <Link href={`/exams/${exam.id}`} className="deck-row__name">
          {exam.name}
        </Link>
        <p className="deck-row__about">
          {inDays(exam.days_left)}
          {plan !== undefined && plan.cards > 0 && (
            <>
              {' · '}
              {exam.days_left > 0
                ? t('with your plan, expect to know {share} on the day', { share: percent(plan.expected.planned) })
                : t('expect to know {share} on the day', { share: percent(plan.expected.planned) })}
            </>
          )}
        </p>
      </div>
    </li>
  );
}

function DeckSection({ search }: { search: string }) {
  return (
    <section className="section" aria-labelledby="own-decks">
      <h2 id="own-decks">{t('Your decks')}</h2>
      {search === '' ? <OwnDecks /> : <FoundDecks search={search} />}
    </section>
  );
}

/** All of them, one below the other. */
function OwnDecks() {
  const own = useQuery(deckTree);
  if (own.data === undefined) {
    return own.isError ? (
      <LoadFailure what={t('Your decks')} error={own.error} onRetry={() => void own.refetch()} />
    ) : (
      <Loading what={t('Loading decks')} />
    );
  }
  if (own.data.nodes.length === 0) {
    return (
      <Empty title={t('No decks yet')}>
        <p>{t('Name your first one below: a course, a chapter, a list of cases.')}</p>
      </Empty>
    );
  }
  return (
    <>
      <DeckTree nodes={own.data.nodes} label={t('Your decks')} />
      {own.data.is_cut && <p className="soft">{t('There are more decks than this list has. Search for the others by name.')}</p>}
    </>
  );
}

/** Those with a text in their names, under their whole names. */
function FoundDecks({ search }: { search: string }) {
  const list = useInfiniteQuery(deckList(search));
  const decks = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {list.isPending && <Loading what={t('Loading decks')} />}
      {list.isError && <LoadFailure what={t('Your decks')} error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && decks.length === 0 && <Empty title={t('No deck here has “{search}” in its name.', { search })} />}
      {decks.length > 0 && (
        <ul className="list" aria-busy={list.isPlaceholderData}>
          {decks.map((deck) => (
            <li key={deck.id} className="deck-row">
              <DeckRow deck={deck} name={deck.name} cards={deck.card_count} due={deck.due_count} below={0} />
            </li>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <button
          type="button"
          className="button"
          aria-disabled={list.isFetchingNextPage}
          onClick={() => list.isFetchingNextPage || void list.fetchNextPage()}
        >
          {list.isFetchingNextPage ? t('Loading …') : t('Show more decks')}
        </button>
      )}
    </>
  );
}

function NewDeck() {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const draft = useDraft('deck.new', { name: '' });
  const { name } = draft.values;
  const form = useSubmit({
    check: () => ({ name: problemOfText(name, 200, true) }),
    async send() {
      const deck = await dataOf(api.POST('/api/v1/decks/', { body: { name: name.trim() } }));
      draft.reset();
      client.setQueryData(deckById(String(deck.id)).queryKey, deck);
      void client.invalidateQueries({ queryKey: ['decks'] });
      navigate(`/decks/${deck.id}`);
    },
  });
  return (
    <form className="new-deck" onSubmit={form.onSubmit} noValidate>
      <TextField
        label={t('New deck')}
        name="name"
        value={name}
        onChange={(value) => draft.change({ name: value })}
        problem={form.problems.name}
        limit={200}
        hint={
          <>
            {t('Cards from Quizlet or a spreadsheet? Create a deck for them, then import. From Anki?')}{' '}
            <Link href="/import">{t('Import a collection')}</Link>.{' '}
            {t('With “::” one deck is below another: Law::Torts is below Law.')}
          </>
        }
        input={{ placeholder: t('for example Torts I'), autoComplete: 'off', required: true }}
      />
      <button type="submit" className="button button--primary" aria-disabled={form.isSending}>
        {form.isSending ? t('Creating …') : t('Create deck')}
      </button>
      <FormFailure message={form.failure} />
    </form>
  );
}
