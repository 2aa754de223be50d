import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useDeferredValue, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { api, body, type Deck, page, type RequestFailed } from '../api/client.ts';
import { Failure, Field, Loading } from '../parts.tsx';

const PAGE = 50;

export function DecksPage() {
  const [search, setSearch] = useState('');
  const wanted = useDeferredValue(search.trim());
  return (
    <>
      <div className="heading">
        <h1>Decks</h1>
        <input
          type="search"
          aria-label="Search decks by name"
          placeholder="Search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <NewDeck />
      <DeckList
        scope="own"
        title="Yours"
        search={wanted}
        empty="You have no deck yet. Name your first one above: a course, a chapter, a case list."
      />
      <DeckList scope="public" title="Public" search={wanted} empty="Nobody has published a deck yet." />
    </>
  );
}

function NewDeck() {
  const client = useQueryClient();
  const [, go] = useLocation();
  const create = useMutation<Deck, RequestFailed, string>({
    mutationFn: (name) => body(api.POST('/api/v1/decks/', { body: { name } })) as Promise<Deck>,
    onSuccess: (deck) => {
      void client.invalidateQueries({ queryKey: ['decks'] });
      go(`/decks/${deck.id}`);
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    if (name !== '') create.mutate(name);
  };
  return (
    <form className="row" onSubmit={submit}>
      <Field label="New deck" problem={create.error?.message}>
        {(attributes) => <input {...attributes} name="name" maxLength={200} placeholder="Torts" required />}
      </Field>
      <button type="submit" className="primary" disabled={create.isPending}>
        Create
      </button>
    </form>
  );
}

function DeckList({ scope, title, search, empty }: { scope: 'own' | 'public'; title: string; search: string; empty: string }) {
  const decks = useInfiniteQuery({
    queryKey: ['decks', scope, search],
    initialPageParam: '0',
    queryFn: ({ pageParam }) =>
      page(
        api.GET('/api/v1/decks/', {
          params: { query: { scope, limit: PAGE, after: pageParam, ...(search === '' ? {} : { search }) } },
        }),
      ),
    getNextPageParam: (last) => last.next,
  });
  const rows = decks.data?.pages.flatMap((part) => part.rows) ?? [];
  return (
    <section aria-labelledby={`${scope}-decks`}>
      <h2 id={`${scope}-decks`}>{title}</h2>
      {decks.isPending && <Loading />}
      <Failure error={decks.error as RequestFailed | null} onRetry={() => void decks.refetch()} />
      {decks.isSuccess && rows.length === 0 && (
        <p className="empty">{search === '' ? empty : `No deck here has “${search}” in its name.`}</p>
      )}
      <ul className="decks">
        {rows.map((deck) => (
          <DeckRow key={deck.id} deck={deck} />
        ))}
      </ul>
      {decks.hasNextPage && (
        <button type="button" onClick={() => void decks.fetchNextPage()}>
          Show more
        </button>
      )}
    </section>
  );
}

function DeckRow({ deck }: { deck: Deck }) {
  const about = [deck.course, deck.professor, deck.school, deck.year].filter((part) => part !== null).join(' · ');
  return (
    <li>
      <div>
        <Link href={`/decks/${deck.id}`} className="name">
          {deck.name}
        </Link>
        <p className="hint">
          {deck.card_count} {deck.card_count === 1 ? 'card' : 'cards'}
          {about !== '' && ` · ${about}`}
        </p>
      </div>
      {deck.due_count > 0 ? (
        <Link
          href={`/decks/${deck.id}/study`}
          className="button primary"
          aria-label={`Study ${deck.name}, ${deck.due_count} due`}
        >
          Study {deck.due_count}
        </Link>
      ) : (
        <span className="hint">{deck.card_count === 0 ? 'no cards' : 'done for now'}</span>
      )}
    </li>
  );
}
