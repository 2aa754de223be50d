import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { type Change, cardSearch, changeAll, changes, type Done, searchSuggestion } from '../api/browse.ts';
import { takenBack } from '../api/changes.ts';
import { ApiError, api, dataOf } from '../api/client.ts';
import type { FoundCard, SearchAnswer, Sort } from '../api/types.ts';
import { useStore } from '../lib/store.ts';
import { count } from '../lib/text.ts';
import { CardTable } from '../ui/card-table.tsx';
import { Confirm, LoadFailure } from '../ui/feedback.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import '../styles/browse.css';

/** A search waits this long for the next letter. */
const PAUSE_MS = 250;
/** Words are suggested for a search that found nothing after this long without another letter: most are not whole yet. */
const REST_MS = 1000;
/** The server counts no further. */
const MOST_COUNTED = 10_000;

const SORTS: readonly (readonly [Sort, string])[] = [
  ['relevance', 'Best match'],
  ['newest', 'Newest'],
  ['oldest', 'Oldest'],
  ['edited', 'Last edited'],
  ['due', 'Due first'],
];

const HELP: readonly (readonly [string, string])[] = [
  ['duty breach', 'both words'],
  ['"duty of care"', 'these words in a row'],
  ['neglig*', 'words that begin so'],
  ['-breach', 'without this word'],
  ['duty OR breach', 'one of them'],
  ['front:duty', 'on the front; back: on the back'],
  ['deck:torts', 'in this deck and those below it'],
  ['tag:exam', 'with this tag'],
  ['is:due', 'also new, learning, suspended, buried, leech, flagged'],
  ['flag:1', 'with this flag'],
  ['added:7', 'made in the last 7 days; also edited, rated; due:3 for the next 3'],
];

export default function BrowsePage() {
  const address = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const sort = SORTS.find(([value]) => value === address.get('sort'))?.[0] ?? 'relevance';
  const asked = address.get('q') ?? '';
  const [text, setText] = useState(asked);
  const gone = useRef(asked);
  const go = useCallback(
    (q: string, order: Sort) => {
      gone.current = q;
      navigate(`/browse?${new URLSearchParams({ q, sort: order })}`, { replace: true });
    },
    [navigate],
  );
  // An address that this page did not go to itself is a link or Back: what was typed gives way.
  useEffect(() => {
    if (asked === gone.current) return;
    gone.current = asked;
    setText(asked);
  }, [asked]);
  useEffect(() => {
    if (text === asked) return;
    const timer = setTimeout(() => go(text, sort), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, asked, sort, go]);
  const list = useInfiniteQuery(cardSearch(asked, sort));
  const refusal = list.error instanceof ApiError && list.error.status === 400 ? list.error : undefined;
  return (
    <Page title="Browse" className="page--browse">
      <h1>Browse</h1>
      <search className="browse__search">
        <TextField
          label="Search your cards"
          name="q"
          value={text}
          onChange={setText}
          problem={refusal === undefined ? undefined : `${refusal.message}. ${refusal.hint ?? ''}`}
          input={{ type: 'search', autoComplete: 'off', spellCheck: false, maxLength: 1000 }}
        />
        <Choice label="Order" value={sort} options={SORTS} onChange={(order) => go(text, order as Sort)} />
      </search>
      <details className="browse__help">
        <summary>What you can search for</summary>
        <dl>
          {HELP.map(([example, meaning]) => (
            <div key={example}>
              <dt>
                <button type="button" className="button button--small" onClick={() => setText(example)}>
                  <code>{example}</code>
                </button>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </details>
      <Results
        search={`${asked} ${sort}`}
        pages={refusal === undefined ? list.data?.pages : undefined}
        asked={asked}
        isRefused={refusal !== undefined}
        failure={
          list.isError &&
          refusal === undefined &&
          list.data === undefined && <LoadFailure what="The cards" error={list.error} onRetry={() => void list.refetch()} />
        }
        onMore={() => list.hasNextPage && !list.isFetchingNextPage && !list.isError && void list.fetchNextPage()}
        onSuggested={setText}
      />
    </Page>
  );
}

interface ResultsProps {
  /** What the cards were found by: another search begins with nothing selected. */
  readonly search: string;
  /** Absent until the first answer, and where the query says nothing. */
  readonly pages: readonly SearchAnswer[] | undefined;
  readonly asked: string;
  readonly isRefused: boolean;
  /** In place of the cards. */
  readonly failure: ReactNode;
  onMore(): void;
  onSuggested(query: string): void;
}

const NOTHING: ReadonlySet<number> = new Set();

/** What was found and what was done, in one place that is always in the page: screen readers hear what changes there. */
function Results({ search, pages, asked, isRefused, failure, onMore, onSuggested }: ResultsProps) {
  const cards = useMemo(() => (pages ?? []).flatMap((page) => page.cards), [pages]);
  const [chosen, setChosen] = useState({ search, ids: NOTHING });
  const [told, setTold] = useState<{ search: string; undone: number; done: Done }>();
  const undone = useStore(takenBack);
  const status = useRef<HTMLDivElement>(null);
  const selected = chosen.search === search ? chosen.ids : NOTHING;
  const first = pages?.[0];
  const selectedCards = cards.filter(({ id }) => selected.has(id));
  const found = first?.count ?? cards.length;
  const isMore = found >= MOST_COUNTED;
  const done = told?.search === search && told.undone === undone ? told.done : undefined;

  // Another search begins anew, also where it is one that was made before.
  useEffect(() => {
    setChosen((was) => (was.search === search ? was : { search, ids: NOTHING }));
    setTold((was) => (was?.search === search ? was : undefined));
  }, [search]);
  // The button that was pressed is gone with the cards it changed.
  useEffect(() => {
    if (done !== undefined && (document.activeElement === null || document.activeElement === document.body))
      status.current?.focus();
  }, [done]);

  function select(ids: readonly number[], isSelected: boolean): void {
    const next = new Set(selected);
    for (const id of ids) {
      if (isSelected) next.add(id);
      else next.delete(id);
    }
    setChosen({ search, ids: next });
    setTold(undefined);
  }

  function sentence(): string {
    if (pages === undefined) return isRefused || failure !== false ? '' : 'Searching …';
    if (cards.length === 0) return asked.trim() === '' ? 'There are no cards yet' : 'No card is found by this';
    const all = isMore ? `More than ${MOST_COUNTED.toLocaleString()} cards` : count(found, 'card');
    return selectedCards.length === 0 ? all : `${all}, ${selectedCards.length.toLocaleString()} selected`;
  }

  return (
    <>
      {failure}
      <Decks decks={first?.decks ?? []} />
      <div className="browse__status" role="status" tabIndex={-1} ref={status}>
        <p className="browse__count">{sentence()}</p>
        {done !== undefined && (
          <p className={done.refused > 0 ? 'notice notice--danger' : 'notice'}>
            {count(done.done, 'card')} changed.
            {done.refused > 0 && ` ${count(done.refused, 'card')} not: ${done.reasons.join(' ')}`}
          </p>
        )}
        {pages !== undefined && cards.length === 0 && asked.trim() !== '' && (
          <Suggestion key={asked} q={asked} onSuggested={onSuggested} />
        )}
      </div>
      {pages !== undefined && cards.length === 0 && (
        <p className="empty">
          {asked.trim() === '' ? 'Write some in one of your decks.' : 'Try fewer words, or the beginning of one, as in neglig*.'}
        </p>
      )}
      {cards.length > 0 && (
        <>
          <div className="actions">
            <button
              type="button"
              className="button button--small"
              onClick={() =>
                select(
                  cards.map(({ id }) => id),
                  true,
                )
              }
            >
              Select {cards.length < found ? `the first ${cards.length.toLocaleString()}` : 'all'}
            </button>
            {selectedCards.length > 0 && (
              <button type="button" className="button button--small" onClick={() => setChosen({ search, ids: NOTHING })}>
                Select none
              </button>
            )}
          </div>
          {selectedCards.length > 0 && (
            <Bulk
              cards={selectedCards}
              onDone={(now) => setTold(now === undefined ? undefined : { search, undone, done: now })}
            />
          )}
          <CardTable
            key={search}
            cards={cards}
            rowCount={isMore ? -1 : found}
            selected={selected}
            onSelect={select}
            onEnd={onMore}
          />
        </>
      )}
    </>
  );
}

/** A query with words that there are, once nobody types any more. */
function Suggestion({ q, onSuggested }: { q: string; onSuggested(query: string): void }) {
  const [isResting, setIsResting] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsResting(true), REST_MS);
    return () => clearTimeout(timer);
  }, []);
  const { data } = useQuery({ ...searchSuggestion(q), enabled: isResting });
  if (data === undefined || data === null) return null;
  return (
    <p>
      Did you mean{' '}
      <button type="button" className="button button--small" onClick={() => onSuggested(data)}>
        {data}
      </button>
    </p>
  );
}

function Decks({ decks }: { decks: SearchAnswer['decks'] }) {
  if (decks.length === 0) return null;
  return (
    <p className="browse__decks">
      Decks:{' '}
      {decks.map(({ id, name }) => (
        <Link key={id} href={`/decks/${id}`}>
          {name}
        </Link>
      ))}
    </p>
  );
}

/** What can be done to the selected cards. Deleting asks first; each card is changed by itself, and what was refused is told. */
function Bulk({ cards, onDone }: { cards: readonly FoundCard[]; onDone(done: Done | undefined): void }) {
  const client = useQueryClient();
  const decks = useQuery({
    queryKey: ['decks', 'own', 'names'],
    queryFn: () => dataOf(api.GET('/api/v1/decks/', { params: { query: { scope: 'own', limit: 500 } } })),
  });
  const [tag, setTag] = useState('');
  const [deck, setDeck] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const [progress, setProgress] = useState<number>();
  const isBusy = progress !== undefined;
  const own = cards.filter((card) => card.is_owner);

  async function run(which: readonly FoundCard[], change: Change): Promise<void> {
    if (isBusy) return;
    onDone(undefined);
    setProgress(0);
    try {
      const done = await changeAll(which, change, setProgress);
      // Told when the list shows it.
      await client.invalidateQueries({ queryKey: ['cards'] });
      onDone(done);
    } finally {
      setProgress(undefined);
      setIsAsking(false);
      void client.invalidateQueries({ queryKey: ['decks'] });
    }
  }

  return (
    <section className="browse__bulk" aria-label="Change the selected cards">
      <div className="actions">
        <button type="button" className="button" aria-disabled={isBusy} onClick={() => void run(cards, changes.suspend(true))}>
          Suspend
        </button>
        <button type="button" className="button" aria-disabled={isBusy} onClick={() => void run(cards, changes.suspend(false))}>
          Unsuspend
        </button>
        {own.length > 0 && (
          <button type="button" className="button button--danger-quiet" aria-disabled={isBusy} onClick={() => setIsAsking(true)}>
            Delete …
          </button>
        )}
      </div>
      {own.length > 0 && (
        <div className="browse__forms">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (tag.trim() !== '') void run(own, changes.tag(tag));
            }}
          >
            <TextField label="Tag to add" name="tag" value={tag} onChange={setTag} input={{ maxLength: 100 }} />
            <button type="submit" className="button" aria-disabled={isBusy}>
              Add tag
            </button>
          </form>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (deck !== '') void run(own, changes.move(Number(deck)));
            }}
          >
            <Choice
              label="Deck to move to"
              value={deck}
              options={[
                ['', 'Choose a deck'],
                ...(decks.data ?? []).filter((one) => one.is_owner).map(({ id, name }) => [String(id), name] as const),
              ]}
              onChange={setDeck}
            />
            <button type="submit" className="button" aria-disabled={isBusy}>
              Move
            </button>
          </form>
        </div>
      )}
      {isAsking && (
        <Confirm
          question={`Delete ${count(own.length, 'card')}? Their reviews stay in the statistics.`}
          confirm={`Delete ${count(own.length, 'card')}`}
          cancel="Keep them"
          isBusy={isBusy}
          failure={undefined}
          onConfirm={() => void run(own, changes.remove)}
          onCancel={() => setIsAsking(false)}
        />
      )}
      <div role="status">{progress !== undefined && `${progress.toLocaleString()} done …`}</div>
    </section>
  );
}
