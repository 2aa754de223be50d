import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { type Change, cardSearch, changeAll, changes, type Done } from '../api/browse.ts';
import { ApiError, api, dataOf } from '../api/client.ts';
import type { FoundCard, SearchAnswer, Sort } from '../api/types.ts';
import { count } from '../lib/text.ts';
import { CardTable } from '../ui/card-table.tsx';
import { Confirm, Empty, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import '../styles/browse.css';

/** A search waits this long for the next letter. */
const PAUSE_MS = 250;
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
  const go = useCallback(
    (q: string, order: Sort) => navigate(`/browse?${new URLSearchParams({ q, sort: order })}`, { replace: true }),
    [navigate],
  );
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
      {list.data !== undefined && refusal === undefined ? (
        <Results
          search={`${asked} ${sort}`}
          pages={list.data.pages}
          isAsked={asked.trim() !== ''}
          onMore={() => list.hasNextPage && !list.isFetchingNextPage && !list.isError && void list.fetchNextPage()}
          onSuggested={setText}
        />
      ) : list.isError ? (
        refusal === undefined && <LoadFailure what="The cards" error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <Loading what="Searching" />
      )}
    </Page>
  );
}

interface ResultsProps {
  /** What the cards were found by: another search begins with nothing selected. */
  readonly search: string;
  readonly pages: readonly SearchAnswer[];
  readonly isAsked: boolean;
  onMore(): void;
  onSuggested(query: string): void;
}

const NOTHING: ReadonlySet<number> = new Set();

function Results({ search, pages, isAsked, onMore, onSuggested }: ResultsProps) {
  const cards = useMemo(() => pages.flatMap((page) => page.cards), [pages]);
  const [chosen, setChosen] = useState({ search, ids: NOTHING });
  const selected = chosen.search === search ? chosen.ids : NOTHING;
  const first = pages[0];
  const selectedCards = cards.filter(({ id }) => selected.has(id));
  const found = first?.count ?? cards.length;
  const isMore = found >= MOST_COUNTED;

  function select(ids: readonly number[], isSelected: boolean): void {
    const next = new Set(selected);
    for (const id of ids) {
      if (isSelected) next.add(id);
      else next.delete(id);
    }
    setChosen({ search, ids: next });
  }

  if (cards.length === 0) {
    return (
      <Empty title={isAsked ? 'No card is found by this' : 'There are no cards yet'}>
        {first?.suggestion != null ? (
          <p>
            Did you mean{' '}
            <button type="button" className="button button--small" onClick={() => onSuggested(first.suggestion as string)}>
              {first.suggestion}
            </button>
          </p>
        ) : (
          <p>{isAsked ? 'Try fewer words, or the beginning of one, as in neglig*.' : 'Write some in one of your decks.'}</p>
        )}
        <Decks decks={first?.decks ?? []} />
      </Empty>
    );
  }
  return (
    <>
      <Decks decks={first?.decks ?? []} />
      <p className="browse__count" role="status">
        {isMore ? `More than ${MOST_COUNTED.toLocaleString()} cards` : count(found, 'card')}
        {selectedCards.length > 0 && `, ${selectedCards.length.toLocaleString()} selected`}
      </p>
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
      {selectedCards.length > 0 && <Bulk cards={selectedCards} />}
      <CardTable cards={cards} rowCount={isMore ? -1 : found} selected={selected} onSelect={select} onEnd={onMore} />
    </>
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

/** What can be done to the selected cards. What cannot be undone asks first; each card is changed by itself, and what was refused is told. */
function Bulk({ cards }: { cards: readonly FoundCard[] }) {
  const client = useQueryClient();
  const decks = useQuery({
    queryKey: ['decks', 'own', 'names'],
    queryFn: () => dataOf(api.GET('/api/v1/decks/', { params: { query: { scope: 'own', limit: 500 } } })),
  });
  const [tag, setTag] = useState('');
  const [deck, setDeck] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const [progress, setProgress] = useState<number>();
  const [told, setTold] = useState<Done>();
  const isBusy = progress !== undefined;
  const own = cards.filter((card) => card.is_owner);

  async function run(which: readonly FoundCard[], change: Change): Promise<void> {
    if (isBusy) return;
    setTold(undefined);
    setProgress(0);
    try {
      const done = await changeAll(which, change, setProgress);
      // Told when the list shows it.
      await client.invalidateQueries({ queryKey: ['cards'] });
      setTold(done);
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
      <div role="status">
        {progress !== undefined && `${progress.toLocaleString()} done …`}
        {told !== undefined && (
          <p className={told.refused > 0 ? 'notice notice--danger' : 'notice'}>
            {count(told.done, 'card')} changed.
            {told.refused > 0 && ` ${count(told.refused, 'card')} not: ${told.reasons.join(' ')}`}
          </p>
        )}
      </div>
    </section>
  );
}
