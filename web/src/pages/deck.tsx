import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { api, body, type Card, type Deck, page, type RequestFailed } from '../api/client.ts';
import { Failure, Field, Loading } from '../parts.tsx';

const PAGE = 100;
const path = (id: number) => ({ params: { path: { deck_id: String(id) } } });

export function DeckPage({ id }: { id: number }) {
  const deck = useQuery<Deck, RequestFailed>({
    queryKey: ['deck', id],
    queryFn: () => body(api.GET('/api/v1/decks/{deck_id}', path(id))),
  });
  if (deck.isPending) return <Loading />;
  if (deck.isError) {
    return (
      <>
        <Failure error={deck.error} onRetry={() => void deck.refetch()} />
        <p>
          <Link href="/">Back to your decks</Link>
        </p>
      </>
    );
  }
  const { name, description, due_count, is_owner } = deck.data;
  return (
    <>
      <p>
        <Link href="/">← Decks</Link>
      </p>
      <div className="heading">
        <h1>{name}</h1>
        {due_count > 0 && (
          <Link href={`/decks/${id}/study`} className="button primary">
            Study {due_count}
          </Link>
        )}
      </div>
      {description !== null && description !== '' && <p className="lead">{description}</p>}
      {is_owner && <NewCard deckId={id} />}
      <CardList deckId={id} isOwner={is_owner} />
      {is_owner && <DeckSettings deck={deck.data} />}
    </>
  );
}

/** What a changed card changes on other pages. */
function useCardsChanged(deckId: number) {
  const client = useQueryClient();
  return () =>
    Promise.all([['cards', deckId], ['deck', deckId], ['decks']].map((queryKey) => client.invalidateQueries({ queryKey })));
}

const submitOnCtrlEnter = (event: KeyboardEvent<HTMLTextAreaElement>) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
};

interface Sides {
  readonly front: string;
  readonly back: string;
}

const sidesOf = (form: HTMLFormElement): Sides => {
  const data = new FormData(form);
  // Browsers hand over line ends as CRLF; cards keep the plain ones they were typed with.
  const text = (name: string) => String(data.get(name)).replaceAll('\r\n', '\n');
  return { front: text('front'), back: text('back') };
};

function NewCard({ deckId }: { deckId: number }) {
  const form = useRef<HTMLFormElement>(null);
  const changed = useCardsChanged(deckId);
  const create = useMutation<unknown, RequestFailed, Sides>({
    mutationFn: (sides) => body(api.POST('/api/v1/cards/', { body: { deck_id: deckId, ...sides } })),
    onSuccess: async () => {
      form.current?.reset();
      form.current?.querySelector('textarea')?.focus();
      await changed();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    create.mutate(sidesOf(event.currentTarget));
  };
  const fields = create.error?.fields ?? {};
  return (
    <form ref={form} className="card-form" onSubmit={submit} aria-label="New card">
      <Field label="Front" problem={fields.front}>
        {(attributes) => (
          <textarea
            {...attributes}
            name="front"
            rows={3}
            maxLength={2000}
            required
            onKeyDown={submitOnCtrlEnter}
            placeholder="What is the rule in Palsgraf?"
          />
        )}
      </Field>
      <Field label="Back" problem={fields.back} hint="Ctrl + Enter adds the card">
        {(attributes) => (
          <textarea
            {...attributes}
            name="back"
            rows={3}
            maxLength={5000}
            required
            onKeyDown={submitOnCtrlEnter}
            placeholder="Duty is owed to foreseeable plaintiffs."
          />
        )}
      </Field>
      {Object.keys(fields).length === 0 && <Failure error={create.error} />}
      <button type="submit" className="primary" disabled={create.isPending}>
        Add card
      </button>
    </form>
  );
}

function CardList({ deckId, isOwner }: { deckId: number; isOwner: boolean }) {
  const cards = useInfiniteQuery({
    queryKey: ['cards', deckId],
    initialPageParam: '0',
    queryFn: ({ pageParam }) =>
      page(api.GET('/api/v1/cards/', { params: { query: { deck_id: String(deckId), limit: PAGE, after: pageParam } } })),
    getNextPageParam: (last) => last.next,
  });
  const rows = cards.data?.pages.flatMap((part) => part.rows) ?? [];
  return (
    <section aria-labelledby="cards">
      <h2 id="cards">Cards</h2>
      {cards.isPending && <Loading />}
      <Failure error={cards.error as RequestFailed | null} onRetry={() => void cards.refetch()} />
      {cards.isSuccess && rows.length === 0 && (
        <p className="empty">{isOwner ? 'No cards yet. Write the first one above.' : 'This deck has no cards.'}</p>
      )}
      <ul className="cards">
        {rows.map((card) => (
          <CardRow key={card.id} card={card} isOwner={isOwner} />
        ))}
      </ul>
      {cards.hasNextPage && (
        <button type="button" onClick={() => void cards.fetchNextPage()}>
          Show more
        </button>
      )}
    </section>
  );
}

function CardRow({ card, isOwner }: { card: Card; isOwner: boolean }) {
  const [mode, setMode] = useState<'shown' | 'edited' | 'deleting'>('shown');
  const changed = useCardsChanged(card.deck_id);
  const params = { params: { path: { card_id: String(card.id) } } };
  const save = useMutation<unknown, RequestFailed, Sides>({
    mutationFn: (sides) => body(api.PUT('/api/v1/cards/{card_id}', { ...params, body: sides })),
    onSuccess: async () => {
      await changed();
      setMode('shown');
    },
  });
  const remove = useMutation<unknown, RequestFailed>({
    mutationFn: () => body(api.DELETE('/api/v1/cards/{card_id}', params)),
    onSuccess: changed,
  });
  if (mode === 'edited') {
    return (
      <li>
        <form
          className="card-form"
          aria-label="Edit card"
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(sidesOf(event.currentTarget));
          }}
        >
          <Field label="Front">
            {(attributes) => (
              <textarea
                {...attributes}
                name="front"
                rows={3}
                maxLength={2000}
                required
                defaultValue={card.front}
                onKeyDown={submitOnCtrlEnter}
              />
            )}
          </Field>
          <Field label="Back">
            {(attributes) => (
              <textarea
                {...attributes}
                name="back"
                rows={3}
                maxLength={5000}
                required
                defaultValue={card.back}
                onKeyDown={submitOnCtrlEnter}
              />
            )}
          </Field>
          <Failure error={save.error} />
          <div className="actions">
            <button type="submit" className="primary" disabled={save.isPending}>
              Save
            </button>
            <button type="button" onClick={() => setMode('shown')}>
              Cancel
            </button>
          </div>
        </form>
      </li>
    );
  }
  return (
    <li>
      <div className="sides">
        <p>{card.front}</p>
        <p>{card.back}</p>
      </div>
      {isOwner && mode === 'shown' && (
        <div className="actions">
          <button type="button" className="link" onClick={() => setMode('edited')}>
            Edit<span className="visually-hidden"> {card.front}</span>
          </button>
          <button type="button" className="link" onClick={() => setMode('deleting')}>
            Delete<span className="visually-hidden"> {card.front}</span>
          </button>
        </div>
      )}
      {mode === 'deleting' && (
        <div className="actions">
          <span>Delete this card? Your reviews of it are kept.</span>
          <button type="button" className="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Delete
          </button>
          <button type="button" onClick={() => setMode('shown')}>
            Keep
          </button>
          <Failure error={remove.error} />
        </div>
      )}
    </li>
  );
}

const TEXTS = [
  ['name', 'Name'],
  ['description', 'Description'],
  ['school', 'School'],
  ['course', 'Course'],
  ['professor', 'Professor'],
] as const;

function DeckSettings({ deck }: { deck: Deck }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [isDeleting, setDeleting] = useState(false);
  const save = useMutation<unknown, RequestFailed, FormData>({
    mutationFn: (form) => {
      const year = String(form.get('year'));
      const texts = Object.fromEntries(TEXTS.map(([field]) => [field, String(form.get(field)).trim()]));
      return body(
        api.PUT('/api/v1/decks/{deck_id}', {
          ...path(deck.id),
          body: { ...texts, is_public: form.get('is_public') === 'on', ...(year === '' ? {} : { year: Number(year) }) },
        }),
      );
    },
    onSuccess: () => Promise.all([['deck', deck.id], ['decks']].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  const remove = useMutation<unknown, RequestFailed>({
    mutationFn: () => body(api.DELETE('/api/v1/decks/{deck_id}', path(deck.id))),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['decks'] });
      go('/');
    },
  });
  const fields = save.error?.fields ?? {};
  return (
    <details className="settings">
      <summary>Deck settings</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(new FormData(event.currentTarget));
        }}
      >
        {TEXTS.map(([field, label]) => (
          <Field key={field} label={label} problem={fields[field]}>
            {(attributes) => (
              <input
                {...attributes}
                name={field}
                maxLength={field === 'description' ? 1000 : 200}
                required={field === 'name'}
                defaultValue={deck[field] ?? ''}
              />
            )}
          </Field>
        ))}
        <Field label="Year" problem={fields.year}>
          {(attributes) => (
            <input {...attributes} name="year" type="number" min={1900} max={2100} defaultValue={deck.year ?? ''} />
          )}
        </Field>
        <label className="check">
          <input type="checkbox" name="is_public" defaultChecked={deck.is_public} /> Public: everybody here can read and study it
        </label>
        {Object.keys(fields).length === 0 && <Failure error={save.error} />}
        <div className="actions">
          <button type="submit" className="primary" disabled={save.isPending}>
            Save
          </button>
          <span role="status">{save.isSuccess && 'Saved.'}</span>
        </div>
      </form>
      <div className="actions">
        {isDeleting ? (
          <>
            <span>
              Delete “{deck.name}” with {deck.card_count} cards?
            </span>
            <button type="button" className="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
              Delete the deck
            </button>
            <button type="button" onClick={() => setDeleting(false)}>
              Keep it
            </button>
          </>
        ) : (
          <button type="button" className="link" onClick={() => setDeleting(true)}>
            Delete this deck …
          </button>
        )}
      </div>
      <Failure error={remove.error} />
    </details>
  );
}
