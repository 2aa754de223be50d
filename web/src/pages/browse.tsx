import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { searchSuggestion } from '../api/browse.ts';
import { takenBack } from '../api/changes.ts';
import { ApiError, withHint } from '../api/client.ts';
import type { EditDone, SearchAnswer, Sort } from '../api/types.ts';
import { msg, rich, serverText, t } from '../languages/t.ts';
import { useStore } from '../lib/store.ts';
import { CardTable } from '../ui/card-table.tsx';
import { LoadFailure } from '../ui/feedback.tsx';
import { Choice, TextField, translated } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Bulk } from './browse-bulk.tsx';
import { FindReplace } from './find-replace.tsx';
import { SavedSearches } from './saved-searches.tsx';
import { type FoundCards, useFoundCards } from './use-found-cards.ts';
import '../styles/browse.css';

/** A search waits this long for the next letter. */
const PAUSE_MS = 250;
/** Words are suggested for a search that found nothing after this long without another letter: most are not whole yet. */
const REST_MS = 1000;
/** The server counts no further. */
const MOST_COUNTED = 10_000;

const SORTS: readonly (readonly [Sort, string])[] = [
  ['relevance', msg('Best match')],
  ['newest', msg('Newest first')],
  ['oldest', msg('Oldest first')],
  ['edited', msg('Last edited first')],
  ['due', msg('Due first')],
];

const HELP: readonly (readonly [string, string])[] = [
  ['duty breach', msg('both words')],
  ['"duty of care"', msg('these words in a row')],
  ['neglig*', msg('words that begin so')],
  ['-breach', msg('without this word')],
  ['duty OR breach', msg('one of them')],
  ['front:duty', msg('on the front; back: on the back')],
  ['deck:torts', msg('in this deck and those below it')],
  ['tag:exam', msg('with this tag')],
  ['is:due', msg('also new, learning, suspended, buried, leech, flagged')],
  ['flag:1', msg('with this flag')],
  ['added:7', msg('made in the last 7 days; also edited, rated; due:3 for the next 3')],
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
  const found = useFoundCards(asked, sort);
  const list = found.first;
  const refusal = list.error instanceof ApiError && list.error.status === 400 ? list.error : undefined;
  return (
    <Page title={t('Browse')} className="page--browse">
      <h1>{t('Browse')}</h1>
      <search className="browse__search">
        <TextField
          label={t('Search your cards')}
          name="q"
          value={text}
          onChange={setText}
          problem={refusal === undefined ? undefined : withHint(refusal)}
          input={{ type: 'search', autoComplete: 'off', spellCheck: false, maxLength: 1000 }}
        />
        <Choice label={t('Order')} value={sort} options={translated(SORTS)} onChange={(order) => go(text, order as Sort)} />
      </search>
      <p>
        <Link href="/duplicates">{t('Find duplicates')}</Link>
      </p>
      <details className="browse__help">
        <summary>{t('What you can search for')}</summary>
        <dl>
          {HELP.map(([example, meaning]) => (
            <div key={example}>
              <dt>
                <button type="button" className="button button--small" onClick={() => setText(example)}>
                  <code>{example}</code>
                </button>
              </dt>
              <dd>{t(meaning)}</dd>
            </div>
          ))}
        </dl>
      </details>
      <div className="browse__sides">
        <SavedSearches asked={asked} sort={sort} canSave={refusal === undefined && text === asked} />
        <div className="browse__found">
          <Results
            search={`${asked} ${sort}`}
            found={refusal === undefined && list.data !== undefined ? found : undefined}
            asked={asked}
            isRefused={refusal !== undefined}
            failure={
              list.isError &&
              refusal === undefined &&
              list.data === undefined && (
                <LoadFailure what={t('The cards')} error={list.error} onRetry={() => void list.refetch()} />
              )
            }
            onSuggested={setText}
          />
        </div>
      </div>
    </Page>
  );
}

interface ResultsProps {
  /** What the cards were found by: another search begins with nothing selected. */
  readonly search: string;
  /** Absent until the first answer, and where the query says nothing. */
  readonly found: FoundCards | undefined;
  readonly asked: string;
  readonly isRefused: boolean;
  /** In place of the cards. */
  readonly failure: ReactNode;
  onSuggested(query: string): void;
}

const NOTHING: ReadonlySet<number> = new Set();
const NONE: readonly number[] = [];

/** What was found and what was done, in one place that is always in the page: screen readers hear what changes there. */
function Results({ search, found, asked, isRefused, failure, onSuggested }: ResultsProps) {
  const ids = found?.ids ?? NONE;
  const [chosen, setChosen] = useState({ search, ids: NOTHING });
  const [told, setTold] = useState<{ search: string; undone: number; done: EditDone }>();
  const [replacing, setReplacing] = useState<{ search: string; isAll: boolean }>();
  const undone = useStore(takenBack);
  const status = useRef<HTMLDivElement>(null);
  const selected = chosen.search === search ? chosen.ids : NOTHING;
  const selectedIds = useMemo(() => (selected.size === 0 ? NONE : ids.filter((id) => selected.has(id))), [ids, selected]);
  const total = found?.total ?? ids.length;
  const isMore = found !== undefined && (found.total === undefined || total >= Math.max(MOST_COUNTED, ids.length + 1));
  const done = told?.search === search && told.undone === undone ? told.done : undefined;
  const isReplacing = replacing?.search === search && (replacing.isAll || selectedIds.length > 0);

  // Another search begins anew, also where it is one that was made before.
  useEffect(() => {
    setChosen((was) => (was.search === search ? was : { search, ids: NOTHING }));
    setTold((was) => (was?.search === search ? was : undefined));
    setReplacing((was) => (was?.search === search ? was : undefined));
  }, [search]);
  // The button that was pressed is gone with the cards it changed.
  useEffect(() => {
    if (done !== undefined && (document.activeElement === null || document.activeElement === document.body))
      status.current?.focus();
  }, [done]);

  function select(some: readonly number[], isSelected: boolean): void {
    const next = new Set(selected);
    for (const id of some) {
      if (isSelected) next.add(id);
      else next.delete(id);
    }
    setChosen({ search, ids: next });
    setTold(undefined);
  }

  function sentence(): string {
    if (found === undefined) return isRefused || failure !== false ? '' : t('Searching …');
    if (ids.length === 0) return asked.trim() === '' ? t('There are no cards yet') : t('No card is found by this');
    const all = isMore
      ? t('More than {n, number} cards', { n: total })
      : t('{n, plural, one {# card} other {# cards}}', { n: total });
    return selectedIds.length === 0 ? all : t('{all}, {n, number} selected', { all, n: selectedIds.length });
  }

  return (
    <>
      {failure}
      <Decks decks={found?.first.data?.decks ?? []} />
      <div className="browse__status" role="status" tabIndex={-1} ref={status}>
        <p className="browse__count">{sentence()}</p>
        {done !== undefined && (
          <p className={done.left_count > 0 ? 'notice notice--danger' : 'notice'}>
            {t('{changed, plural, one {# card} other {# cards}} changed.', { changed: done.changed })}
            {done.left_count > 0 &&
              t(' {leftcount, plural, one {# card} other {# cards}} not: {why}', {
                leftcount: done.left_count,
                why: done.reasons.map((reason) => serverText(reason)).join(' '),
              })}
          </p>
        )}
        {found !== undefined && ids.length === 0 && asked.trim() !== '' && (
          <Suggestion key={asked} q={asked} onSuggested={onSuggested} />
        )}
      </div>
      {found !== undefined && ids.length === 0 && (
        <p className="empty">
          {asked.trim() === ''
            ? t('Write some in one of your decks.')
            : t('Try fewer words, or the beginning of one, as in neglig*.')}
        </p>
      )}
      {found !== undefined && ids.length > 0 && (
        <>
          <div className="actions">
            <button type="button" className="button button--small" onClick={() => select(ids, true)}>
              {ids.length < total || isMore ? t('Select the first {ids, number}', { ids: ids.length }) : t('Select all')}
            </button>
            {selectedIds.length > 0 ? (
              <button type="button" className="button button--small" onClick={() => setChosen({ search, ids: NOTHING })}>
                {t('Select none')}
              </button>
            ) : (
              <button type="button" className="button button--small" onClick={() => setReplacing({ search, isAll: true })}>
                {t('Find and replace in all …')}
              </button>
            )}
          </div>
          {isReplacing && (
            <FindReplace
              scope={selectedIds.length > 0 ? { card_ids: selectedIds } : { q: asked }}
              title={
                selectedIds.length > 0
                  ? t('Find and replace in the {n, plural, one {# selected card} other {# selected cards}}', {
                      n: selectedIds.length,
                    })
                  : t('Find and replace in all cards that were found')
              }
              onEnd={() => {
                setReplacing(undefined);
                status.current?.focus();
              }}
            />
          )}
          {selectedIds.length > 0 && !isReplacing && (
            <Bulk
              ids={selectedIds}
              canChange={selectedIds.some((id) => found.cardOf(id)?.is_owner ?? true)}
              onReplace={() => setReplacing({ search, isAll: false })}
              onDone={(now) => setTold(now === undefined ? undefined : { search, undone, done: now })}
            />
          )}
          <CardTable
            key={search}
            ids={ids}
            cardOf={found.cardOf}
            rowCount={isMore ? -1 : total}
            selected={selected}
            onSelect={select}
            onSight={found.onSight}
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
      {rich('Did you mean <button>{data}</button>', {
        data,
        button: (text) => (
          <button type="button" className="button button--small" onClick={() => onSuggested(data)}>
            {text}
          </button>
        ),
      })}
    </p>
  );
}

function Decks({ decks }: { decks: SearchAnswer['decks'] }) {
  if (decks.length === 0) return null;
  return (
    <p className="browse__decks">
      {t('Decks:')}{' '}
      {decks.map(({ id, name }) => (
        <Link key={id} href={`/decks/${id}`}>
          {name}
        </Link>
      ))}
    </p>
  );
}
