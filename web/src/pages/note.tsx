import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { ApiError } from '../api/client.ts';
import { cardById, deckById, noteById, noteTypes } from '../api/queries.ts';
import type { Note } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { NotFoundPage } from './not-found.tsx';
import { fieldKey, type NoteDraft, NoteEditor, stickyValues } from './note-editor.tsx';

const Suggest = lazy(() => import('./suggest.tsx'));

const draftOf = ({ type, note_type_id, format, tags, fields }: Note): NoteDraft => ({
  type: note_type_id === null ? type : `own:${note_type_id}`,
  format,
  tags: tags.join(' '),
  ...Object.fromEntries(fields.map(({ name, value }) => [fieldKey(name), value])),
});

/** Adds notes to a deck one after the other; with `?card=` turns a card that stands for itself into a note. */
export function NewNotePage({ deckId }: { deckId: string }) {
  const cardId = new URLSearchParams(useSearch()).get('card');
  const isOfCard = cardId !== null && /^\d{1,19}$/.test(cardId);
  const deck = useQuery(deckById(deckId));
  const types = useQuery(noteTypes);
  const card = useQuery({ ...cardById(cardId ?? ''), enabled: isOfCard });
  const [, go] = useLocation();
  const error = deck.error ?? types.error ?? card.error;
  const isReady = deck.data !== undefined && types.data !== undefined && (!isOfCard || card.data !== undefined);
  if (error instanceof ApiError && error.status === 404) return <NotFoundPage kind="deck" />;
  if (deck.data?.is_owner === false) return <NotFoundPage kind="deck" />;
  const title = isOfCard ? t('Make a note of this card') : t('New note');
  return (
    <Page title={title} className="page--note">
      <p className="back">
        <Link href={`/decks/${deckId}`}>← {deck.data?.name ?? t('Deck')}</Link>
      </p>
      <h1>{title}</h1>
      {isReady ? (
        isOfCard && card.data !== undefined ? (
          <NoteEditor
            deckId={deckId}
            types={types.data}
            cardId={card.data.id}
            draftName={`note.card.${cardId}`}
            initial={{
              type: 'basic',
              format: 'text',
              tags: '',
              [fieldKey('Front')]: card.data.front,
              [fieldKey('Back')]: card.data.back,
            }}
            onSaved={() => go(`/decks/${deckId}`)}
          />
        ) : (
          <NoteEditor deckId={deckId} types={types.data} draftName={`note.new.${deckId}`} initial={stickyValues()} />
        )
      ) : error !== null ? (
        <LoadFailure what={t('The editor')} error={error} onRetry={() => void Promise.all([deck.refetch(), types.refetch()])} />
      ) : (
        <Loading what={t('Loading the editor')} />
      )}
    </Page>
  );
}

/** Changes a note. */
export function NotePage({ id }: { id: string }) {
  const note = useQuery(noteById(id));
  const types = useQuery(noteTypes);
  const [, go] = useLocation();
  const error = note.error ?? types.error;
  if (error instanceof ApiError && error.status === 404) return <NotFoundPage kind="note" />;
  const deckId = note.data === undefined ? undefined : String(note.data.deck_id);
  return (
    <Page title={t('Edit note')} className="page--note">
      <p className="back">{deckId !== undefined && <Link href={`/decks/${deckId}`}>{t('← Deck')}</Link>}</p>
      <h1>{t('Edit note')}</h1>
      {note.data !== undefined && types.data !== undefined && deckId !== undefined ? (
        <>
          <NoteEditor
            deckId={deckId}
            types={types.data}
            note={note.data}
            draftName={`note.${id}`}
            initial={draftOf(note.data)}
            onSaved={() => go(`/decks/${deckId}`)}
          />
          <Suspense>
            <Suggest noteId={note.data.id} deckId={note.data.deck_id} />
          </Suspense>
        </>
      ) : error !== null ? (
        <LoadFailure what={t('The note')} error={error} onRetry={() => void Promise.all([note.refetch(), types.refetch()])} />
      ) : (
        <Loading what={t('Loading the note')} />
      )}
    </Page>
  );
}
