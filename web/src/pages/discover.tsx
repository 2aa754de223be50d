import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { me } from '../api/session.ts';
import { type DiscoverAsked, discovered } from '../api/sharing.ts';
import type { DiscoverAnswer, SharedDeck } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { courseOf, number } from '../lib/text.ts';
import { Empty, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Choice, TextField, translated } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import '../styles/sharing.css';

/** Typing asks the server once it pauses. */
const PAUSE_MS = 250;
const FACETS = [
  ['school', msg('School')],
  ['course', msg('Course')],
  ['professor', msg('Professor')],
  ['year', msg('Year')],
] as const;
const SORTS = [
  ['newest', msg('Newest first')],
  ['copied', msg('Most copied first')],
] as const;

export default function DiscoverPage() {
  const [params, setParams] = useSearchParams();
  const at = (name: string) => params.get(name) ?? '';
  const asked: DiscoverAsked = {
    q: at('q'),
    sort: at('sort') === 'copied' ? 'copied' : 'newest',
    school: at('school'),
    course: at('course'),
    professor: at('professor'),
    year: /^\d{4}$/.test(at('year')) ? at('year') : '',
  };
  const [typed, setTyped] = useState(asked.q);
  const choose = (part: Partial<DiscoverAsked>) =>
    setParams(
      Object.fromEntries(
        Object.entries({ ...asked, ...part }).filter(([name, value]) => value !== '' && !(name === 'sort' && value === 'newest')),
      ),
      { replace: true },
    );
  useEffect(() => {
    if (typed.trim() === asked.q) return;
    const timer = setTimeout(() => choose({ q: typed.trim() }), PAUSE_MS);
    return () => clearTimeout(timer);
  });
  const list = useInfiniteQuery(discovered(asked));
  const user = useQuery(me);
  const decks = list.data?.pages.flatMap((page) => page.decks) ?? [];
  const first = list.data?.pages[0];
  const isNarrowed = asked.q !== '' || FACETS.some(([name]) => asked[name] !== '');
  return (
    <Page title={t('Discover')}>
      <h1>{t('Discover')}</h1>
      <p className="lead">{t('Decks that others on this server share.')}</p>
      <p className="soft">
        <Link href="/suggestions">{t('Suggestions')}</Link>
        {user.data?.is_admin === true && (
          <>
            {' · '}
            <Link href="/moderation">{t('Moderation')}</Link>
          </>
        )}
      </p>
      <search className="discover__search">
        <TextField
          label={t('Search shared decks')}
          name="q"
          value={typed}
          onChange={setTyped}
          input={{ type: 'search', autoComplete: 'off', maxLength: 200, placeholder: t('for example torts harvard') }}
        />
        <Choice
          label={t('Order')}
          value={asked.sort}
          options={translated(SORTS)}
          onChange={(sort) => choose({ sort: sort as 'newest' | 'copied' })}
        />
        {FACETS.map(([name, label]) => (
          <Choice
            key={name}
            label={t(label)}
            value={asked[name]}
            options={optionsOf(first?.facets?.[name] ?? [], asked[name])}
            onChange={(value) => choose({ [name]: value })}
          />
        ))}
      </search>
      <p className="discover__count" role="status">
        {first?.count != null && t('{n, plural, one {# deck} other {# decks}}', { n: first.count })}
        {list.isPending && t('Searching …')}
      </p>
      {list.isPending && <Loading what={t('Loading decks')} />}
      {list.isError && <LoadFailure what={t('The decks')} error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && decks.length === 0 && (
        <Empty title={isNarrowed ? t('No shared deck is found by this') : t('Nobody shares a deck yet')}>
          <p>{isNarrowed ? t('Try fewer words, or another choice.') : t('Share one of yours in its settings.')}</p>
        </Empty>
      )}
      {decks.length > 0 && (
        <ul className="list" aria-busy={list.isPlaceholderData}>
          {decks.map((deck) => (
            <SharedRow key={deck.id} deck={deck} />
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
    </Page>
  );
}

type Facet = NonNullable<DiscoverAnswer['facets']>['school'];

/** What is chosen stays among them, found or not: it must be possible to see it, and to choose it away. */
function optionsOf(values: Facet, chosen: string): (readonly [string, string])[] {
  const known = values.map(({ value, deck_count }) => [value, `${value} (${number(deck_count)})`] as const);
  const isMissing = chosen !== '' && !values.some(({ value }) => value === chosen);
  return [['', t('Any')], ...known, ...(isMissing ? [[chosen, `${chosen} (0)`] as const] : [])];
}

function SharedRow({ deck }: { deck: SharedDeck }) {
  const about = courseOf(deck);
  return (
    <li className="deck-row">
      <div className="deck-row__main">
        <Link href={`/discover/${deck.id}`} className="deck-row__name">
          {deck.name}
        </Link>
        <p className="deck-row__about">
          {t('{cards, plural, one {# card} other {# cards}} by {owner}', { cards: deck.card_count, owner: deck.owner_name })}
          {about !== '' && ` · ${about}`}
        </p>
      </div>
      <span className="deck-row__rest">
        {deck.is_owner
          ? t('Yours')
          : deck.subscribed_deck_id !== null
            ? t('You follow it')
            : deck.copy_count > 0
              ? t('{n, plural, one {# copy} other {# copies}}', { n: deck.copy_count })
              : ''}
      </span>
    </li>
  );
}
