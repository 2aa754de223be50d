import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { api, dataOf } from '../api/client.ts';
import { examList, examPlan } from '../api/exams.ts';
import { deckById, deckList, studySettings } from '../api/queries.ts';
import { statsOf } from '../api/stats.ts';
import type { Deck, Exam } from '../api/types.ts';
import { inDays, longDay } from '../lib/days.ts';
import { useDraft } from '../lib/drafts.ts';
import { count, courseOf, percent } from '../lib/text.ts';
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
  const own = useInfiniteQuery(deckList(asked));
  const due = own.data?.pages.flatMap((page) => page.items).reduce((sum, deck) => sum + deck.due_count, 0) ?? 0;
  return (
    <Page title="Decks">
      <h1>Decks</h1>
      <p className="lead">
        {own.data === undefined || asked !== '' ? ' ' : due === 0 ? 'Nothing is due.' : `${count(due, 'card')} due.`}
      </p>
      <TodayLine />
      <CatchUpLine due={asked === '' ? due : 0} />
      <ExamLines />
      <search className="search">
        <label className="visually-hidden" htmlFor="search">
          Search decks by name
        </label>
        <input
          id="search"
          type="search"
          className="field__input"
          placeholder="Search decks by name"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </search>
      <DeckSection search={asked} />
      <NewDeck />
      <p className="section soft">
        <Link href="/discover">Discover the decks that others share</Link>
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
      {data.reviews === 0 ? 'Nothing studied yet today' : `${count(data.reviews, 'review')} today`}
      {data.streak.current > 0 && `, ${count(data.streak.current, 'day')} in a row`}.{' '}
      <Link href="/statistics">See your statistics</Link>
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
        ? `Catching up: ${count(plan.reviews_per_day, 'review')} a day until ${longDay(plan.until)}.`
        : `More is due than the ${count(data.reviews_per_day, 'review')} of a day.`}{' '}
      <Link href="/catch-up">{plan !== null ? 'See the plan' : 'Plan how to catch up'}</Link>
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
        <Link href="/exams">All exams</Link>
      </p>
    );
  }
  return (
    <section className="section" aria-labelledby="exams">
      <h2 id="exams">{running.length === 1 ? 'Your exam' : 'Your exams'}</h2>
      <ul className="list">
        {running.map((exam) => (
          <ExamRow key={exam.id} exam={exam} />
        ))}
      </ul>
      <p>
        <Link href="/exams">All exams</Link>
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
              {exam.days_left > 0 ? 'with your plan, ' : ''}expect to know {percent(plan.expected.planned)} on the day
            </>
          )}
        </p>
      </div>
    </li>
  );
}

function DeckSection({ search }: { search: string }) {
  const list = useInfiniteQuery(deckList(search));
  const decks = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="section" aria-labelledby="own-decks">
      <h2 id="own-decks">Your decks</h2>
      {list.isPending && <Loading what="Loading decks" />}
      {list.isError && <LoadFailure what="Your decks" error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && decks.length === 0 && <NoDecks search={search} />}
      {decks.length > 0 && (
        <ul className="list" aria-busy={list.isPlaceholderData}>
          {decks.map((deck) => (
            <DeckRow key={deck.id} deck={deck} />
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
          {list.isFetchingNextPage ? 'Loading …' : 'Show more decks'}
        </button>
      )}
    </section>
  );
}

function NoDecks({ search }: { search: string }) {
  if (search !== '') return <Empty title={`No deck here has “${search}” in its name.`} />;
  return (
    <Empty title="No decks yet">
      <p>Name your first one below: a course, a chapter, a list of cases.</p>
    </Empty>
  );
}

function DeckRow({ deck }: { deck: Deck }) {
  const about = courseOf(deck);
  return (
    <li className="deck-row">
      <div className="deck-row__main">
        <Link href={`/decks/${deck.id}`} className="deck-row__name">
          {deck.name}
        </Link>
        <p className="deck-row__about">
          {count(deck.card_count, 'card')}
          {deck.is_owner && deck.is_public && (deck.hidden_at === null ? ' · public' : ' · hidden by a moderator')}
          {about !== '' && ` · ${about}`}
        </p>
      </div>
      {deck.due_count > 0 ? (
        <Link href={`/decks/${deck.id}/study`} className="button deck-row__study">
          Study
          <span className="visually-hidden"> {deck.name}, </span>
          <span className="number">{deck.due_count.toLocaleString()}</span>
          <span className="visually-hidden"> due</span>
        </Link>
      ) : (
        <span className="deck-row__rest">{deck.card_count === 0 ? 'Empty' : 'Nothing due'}</span>
      )}
    </li>
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
      void client.invalidateQueries({ queryKey: ['decks', 'list'] });
      navigate(`/decks/${deck.id}`);
    },
  });
  return (
    <form className="new-deck" onSubmit={form.onSubmit} noValidate>
      <TextField
        label="New deck"
        name="name"
        value={name}
        onChange={(value) => draft.change({ name: value })}
        problem={form.problems.name}
        limit={200}
        hint={
          <>
            Cards from Quizlet or a spreadsheet? Create a deck for them, then import. From Anki?{' '}
            <Link href="/import">Import a collection</Link>.
          </>
        }
        input={{ placeholder: 'for example Torts I', autoComplete: 'off', required: true }}
      />
      <button type="submit" className="button button--primary" aria-disabled={form.isSending}>
        {form.isSending ? 'Creating …' : 'Create deck'}
      </button>
      <FormFailure message={form.failure} />
    </form>
  );
}
