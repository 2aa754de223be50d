import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { changed, takenBack } from '../api/changes.ts';
import { ApiError, api, dataOf } from '../api/client.ts';
import { deckPlace } from '../api/deck-tree.ts';
import { cardList, deckById, type Paged } from '../api/queries.ts';
import type { Card, Deck } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { hasDraft, useDraft } from '../lib/drafts.ts';
import { useStore } from '../lib/store.ts';
import { lengthOf } from '../lib/text.ts';
import { CardFace } from '../ui/card-face.tsx';
import { Confirm, Empty, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { problemOfText, TextArea } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { Above, Below, DeckHead } from './deck-head.tsx';
import { NotFoundPage } from './not-found.tsx';

const FRONT_LIMIT = 2000;
const BACK_LIMIT = 5000;

export function DeckPage({ id }: { id: string }) {
  const deck = useQuery(deckById(id));
  const place = useQuery(deckPlace(id));
  const back = useStore(takenBack);
  if (deck.error instanceof ApiError && deck.error.status === 404) return <NotFoundPage kind="deck" />;
  return (
    <Page title={deck.data?.name ?? t('Deck')}>
      <Above above={place.data?.above ?? []} />
      {deck.data !== undefined && !place.isPending ? (
        <>
          <DeckHead deck={deck.data} place={place.data} />
          <Below nodes={place.data?.nodes.slice(1) ?? []} />
          <Cards key={back} deck={deck.data} />
        </>
      ) : deck.isError ? (
        <LoadFailure what={t('The deck')} error={deck.error} onRetry={() => void deck.refetch()} />
      ) : (
        <Loading what={t('Loading the deck')} />
      )}
    </Page>
  );
}

type Pages = InfiniteData<Paged<Card>, string>;

function Cards({ deck }: { deck: Deck }) {
  const client = useQueryClient();
  const options = cardList(String(deck.id));
  const list = useInfiniteQuery(options);
  const heading = useRef<HTMLHeadingElement>(null);
  /** Newest first above the rest, so that each new card is seen at once; the server's order has them at the end. */
  const [added, setAdded] = useState<readonly Card[]>([]);
  const [news, setNews] = useState('');

  const isAdded = new Set(added.map((card) => card.id));
  const others = (list.data?.pages.flatMap((page) => page.items) ?? []).filter((card) => !isAdded.has(card.id));
  const cards = [...added, ...others];

  const changePages = (change: (items: Card[]) => Card[]) =>
    client.setQueryData<Pages>(
      options.queryKey,
      (data) => data && { ...data, pages: data.pages.map((page) => ({ ...page, items: change(page.items) })) },
    );
  const recount = () => void client.invalidateQueries({ queryKey: ['decks'] });

  function onAdded(card: Card): void {
    setAdded((before) => [card, ...before]);
    setNews(t('Card added.'));
    recount();
  }

  function onSaved(card: Card): void {
    const replace = (items: readonly Card[]) => items.map((item) => (item.id === card.id ? card : item));
    setAdded(replace);
    changePages(replace);
    setNews(t('Card saved.'));
  }

  function onDeleted(id: number): void {
    const without = (items: readonly Card[]) => items.filter((item) => item.id !== id);
    setAdded(without);
    changePages(without);
    setNews(t('Card deleted.'));
    recount();
    heading.current?.focus();
  }

  return (
    <>
      {deck.is_owner && <NewCard deckId={deck.id} onAdded={onAdded} />}
      <p className="visually-hidden" role="status">
        {news}
      </p>
      <section className="section" aria-labelledby="cards">
        <h2 id="cards" ref={heading} tabIndex={-1}>
          {deck.card_count === 0 ? t('Cards') : t('{n, plural, one {# card} other {# cards}}', { n: deck.card_count })}
        </h2>
        {list.isPending && <Loading what={t('Loading cards')} />}
        {list.isError && <LoadFailure what={t('The cards')} error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && cards.length === 0 && !list.hasNextPage && (
          <Empty title={t('No cards yet')}>
            {deck.is_owner && (
              <p>
                {rich('Write the first one above, or <a>import</a> the ones you have.', {
                  a: (text) => <Link href={`/decks/${deck.id}/import`}>{text}</Link>,
                })}
              </p>
            )}
          </Empty>
        )}
        {cards.length > 0 && (
          <ul className="list">
            {cards.map((card) => (
              <CardRow key={card.id} card={card} isOwner={deck.is_owner} onSaved={onSaved} onDeleted={onDeleted} />
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
            {list.isFetchingNextPage ? t('Loading …') : t('Show more cards')}
          </button>
        )}
      </section>
    </>
  );
}

const checkSides = ({ front, back }: { front: string; back: string }) => ({
  front: problemOfText(front, FRONT_LIMIT, true),
  back: problemOfText(back, BACK_LIMIT, true),
});

function NewCard({ deckId, onAdded }: { deckId: number; onAdded: (card: Card) => void }) {
  const draft = useDraft(`card.new.${deckId}`, { front: '', back: '' });
  const front = useRef<HTMLTextAreaElement>(null);
  const { values } = draft;
  const form = useSubmit({
    check: () => checkSides(values),
    async send() {
      onAdded(await dataOf(api.POST('/api/v1/cards/', { body: { deck_id: deckId, ...values } })));
      draft.reset();
      front.current?.focus();
    },
  });
  return (
    <form className="panel form" onSubmit={form.onSubmit} noValidate aria-labelledby="new-card">
      <h2 id="new-card">{t('New card')}</h2>
      <div className="sides">
        <TextArea
          label={t('Front')}
          name="front"
          value={values.front}
          onChange={(value) => draft.change({ front: value })}
          problem={form.problems.front}
          limit={FRONT_LIMIT}
          areaRef={front}
          isCardText
        />
        <TextArea
          label={t('Back')}
          name="back"
          value={values.back}
          onChange={(value) => draft.change({ back: value })}
          problem={form.problems.back}
          limit={BACK_LIMIT}
          isCardText
        />
      </div>
      <FormFailure message={form.failure} />
      <div className="actions">
        <button type="submit" className="button button--primary" aria-disabled={form.isSending}>
          {form.isSending ? t('Adding …') : t('Add card')}
        </button>
        <span className="keys">
          {rich('<kbd>Ctrl</kbd> <kbd>Enter</kbd> adds it and starts the next', {
            kbd: (text) => <kbd>{text}</kbd>,
          })}
        </span>
      </div>
    </form>
  );
}

interface CardRowProps {
  readonly card: Card;
  readonly isOwner: boolean;
  onSaved(card: Card): void;
  onDeleted(id: number): void;
}

function CardRow({ card, isOwner, onSaved, onDeleted }: CardRowProps) {
  // What was typed before a reload or a new login opens the row again.
  const [mode, setMode] = useState<'shown' | 'edited' | 'deleted'>(() =>
    isOwner && hasDraft(`card.${card.id}`) ? 'edited' : 'shown',
  );
  const edit = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);

  // Back to the button that opened the form or the question.
  useEffect(() => {
    if (mode === 'shown' && wasOpen.current) edit.current?.focus();
    wasOpen.current = mode !== 'shown';
  }, [mode]);

  if (mode === 'edited') {
    return (
      <li className="card-row">
        <EditCard
          card={card}
          onCancel={() => setMode('shown')}
          onSaved={(saved) => {
            setMode('shown');
            onSaved(saved);
          }}
        />
      </li>
    );
  }
  return (
    <li className="card-row">
      <div className="card-row__sides">
        <LongText cardId={card.id} text={card.front} html={card.front_html} className="card-row__front" />
        <LongText cardId={card.id} text={card.back} html={card.back_html} className="card-row__back" />
        {card.tags.length > 0 && (
          <ul className="tags" aria-label={t('Tags')}>
            {card.tags.map((tag) => (
              <li key={tag} className="tag">
                {tag}
              </li>
            ))}
          </ul>
        )}
      </div>
      {mode === 'deleted' && <DeleteCard card={card} onDeleted={onDeleted} onCancel={() => setMode('shown')} />}
      {mode === 'shown' && (
        <div className="card-row__tools">
          <Link href={`/cards/${card.id}/history`} className="button button--quiet">
            {rich('History<hidden> {value}</hidden>', {
              value: t('of {value}', { value: card.front.slice(0, 60) }),
              hidden: (text) => <span className="visually-hidden">{text}</span>,
            })}
          </Link>
          {isOwner && card.note_id === null && (
            <>
              <button type="button" className="button button--quiet" ref={edit} onClick={() => setMode('edited')}>
                {rich('Edit<hidden> {value}</hidden>', {
                  value: card.front.slice(0, 60),
                  hidden: (text) => <span className="visually-hidden">{text}</span>,
                })}
              </button>
              <Link href={`/decks/${card.deck_id}/notes/new?card=${card.id}`} className="button button--quiet">
                {rich('Make a note<hidden> {value}</hidden>', {
                  value: t('of {value}', { value: card.front.slice(0, 60) }),
                  hidden: (text) => <span className="visually-hidden">{text}</span>,
                })}
              </Link>
            </>
          )}
          {isOwner && card.note_id !== null && (
            <Link href={`/notes/${card.note_id}`} className="button button--quiet">
              {rich('Edit note<hidden> {value}</hidden>', {
                value: card.front.slice(0, 60),
                hidden: (text) => <span className="visually-hidden">{text}</span>,
              })}
            </Link>
          )}
          {isOwner && (
            <button type="button" className="button button--quiet" onClick={() => setMode('deleted')}>
              {rich('Delete<hidden> {value}</hidden>', {
                value: card.front.slice(0, 60),
                hidden: (text) => <span className="visually-hidden">{text}</span>,
              })}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

const SHORT_CHARACTERS = 320;
const SHORT_LINES = 6;

interface LongTextProps {
  readonly text: string;
  readonly html: string | null;
  readonly className: string;
  readonly cardId: number;
}

/** One long answer must not push all other cards out of sight. */
function LongText({ text, html, className, cardId }: LongTextProps) {
  const [isOpen, setOpen] = useState(false);
  const isLong = lengthOf(text) > SHORT_CHARACTERS || text.split('\n').length > SHORT_LINES;
  return (
    <div>
      <CardFace
        cardId={cardId}
        text={text}
        html={html}
        className={isLong && !isOpen ? `${className} card-text--clipped` : className}
      />
      {isLong && (
        <button type="button" className="button button--quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? t('Show less') : t('Show all')}
        </button>
      )}
    </div>
  );
}

function EditCard({ card, onSaved, onCancel }: { card: Card; onSaved: (card: Card) => void; onCancel: () => void }) {
  const draft = useDraft(`card.${card.id}`, { front: card.front, back: card.back });
  const front = useRef<HTMLTextAreaElement>(null);
  const { values, isRestored } = draft;
  const form = useSubmit({
    check: () => checkSides(values),
    async send() {
      const params = { path: { card_id: String(card.id) } };
      const saved = await changed(api.PUT('/api/v1/cards/{card_id}', { params, body: values }), t('Card saved.'));
      draft.reset();
      onSaved(saved);
    },
  });
  useEffect(() => {
    // A row that opened by itself must not pull the reader to it.
    if (!isRestored) front.current?.focus();
  }, [isRestored]);
  return (
    <form
      className="form"
      onSubmit={form.onSubmit}
      noValidate
      aria-label={t('Edit card')}
      onKeyDown={(event) => {
        // Escape gives up an untouched form only: what was typed is thrown away by the button alone.
        if (event.key === 'Escape' && values.front === card.front && values.back === card.back) onCancel();
      }}
    >
      <div className="sides">
        <TextArea
          label={t('Front')}
          name="front"
          value={values.front}
          onChange={(value) => draft.change({ front: value })}
          problem={form.problems.front}
          limit={FRONT_LIMIT}
          areaRef={front}
          rows={4}
          isCardText
        />
        <TextArea
          label={t('Back')}
          name="back"
          value={values.back}
          onChange={(value) => draft.change({ back: value })}
          problem={form.problems.back}
          limit={BACK_LIMIT}
          rows={4}
          isCardText
        />
      </div>
      <FormFailure message={form.failure} />
      <div className="actions">
        <button type="submit" className="button button--primary" aria-disabled={form.isSending}>
          {form.isSending ? t('Saving …') : t('Save')}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            draft.reset();
            onCancel();
          }}
        >
          {t('Cancel')}
        </button>
      </div>
    </form>
  );
}

function DeleteCard({ card, onDeleted, onCancel }: { card: Card; onDeleted: (id: number) => void; onCancel: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  async function remove(): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      await changed(
        api.DELETE('/api/v1/cards/{card_id}', { params: { path: { card_id: String(card.id) } } }),
        t('Card deleted.'),
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Another tab was faster: it is gone, as was wanted.
      if (error.status !== 404) {
        setFailure(error.message);
        return setBusy(false);
      }
    }
    onDeleted(card.id);
  }

  return (
    <Confirm
      question={t('Delete this card?')}
      confirm={t('Delete card')}
      cancel={t('Keep it')}
      isBusy={isBusy}
      failure={failure}
      onConfirm={() => void remove()}
      onCancel={onCancel}
    />
  );
}
