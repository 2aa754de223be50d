import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/client.ts';
import { deckPlace } from '../api/deck-tree.ts';
import { deckById } from '../api/queries.ts';
import { msg, t } from '../languages/t.ts';
import { LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { NotFoundPage } from './not-found.tsx';

const FORMATS = [
  {
    value: 'apkg',
    label: msg('For Anki (.apkg)'),
    hint: msg('Notes, pictures and sounds, your dates and reviews. Many other programs read it too.'),
  },
  {
    value: 'archive',
    label: msg('FlashCase archive (.flashcase)'),
    hint: msg('All of it, without loss: another FlashCase, or this one, imports it again.'),
  },
  { value: 'csv', label: msg('Table (.csv)'), hint: msg('Fronts, backs and tags as text, for a spreadsheet.') },
] as const;

/** A deck as a file of one’s own. */
export default function ExportDeckPage({ id }: { id: string }) {
  const deck = useQuery(deckById(id));
  const place = useQuery(deckPlace(id));
  const [format, setFormat] = useState<string>('apkg');
  const [withBelow, setBelow] = useState(true);
  const failed = deck.isError ? deck : place;
  if (deck.error instanceof ApiError && deck.error.status === 404) return <NotFoundPage kind="deck" />;
  const below = place.data?.nodes.slice(1).filter((node) => node.deck !== null).length ?? 0;
  return (
    <Page title={t('Export')} className="page--narrow">
      <p className="back">
        <Link href={`/decks/${id}`}>← {deck.data?.name ?? t('Deck')}</Link>
      </p>
      <h1>{t('Export')}</h1>
      {failed.isError ? (
        <LoadFailure what={t('The deck')} error={failed.error} onRetry={() => void failed.refetch()} />
      ) : deck.data === undefined || place.data === undefined ? (
        <Loading what={t('Loading the deck')} />
      ) : (
        <>
          <fieldset className="choices">
            <legend>{t('As')}</legend>
            {FORMATS.map(({ value, label, hint }) => (
              <label key={value} className="choice">
                <input type="radio" name="format" value={value} checked={format === value} onChange={() => setFormat(value)} />
                <span>
                  {t(label)}
                  <span className="choice__hint">{t(hint)}</span>
                </span>
              </label>
            ))}
          </fieldset>
          {below > 0 && (
            <label className="choice">
              <input type="checkbox" checked={withBelow} onChange={({ target }) => setBelow(target.checked)} />
              <span>{t('With the {below, plural, one {# deck} other {# decks}} below it', { below })}</span>
            </label>
          )}
          {!deck.data.is_owner && (
            <p className="soft">{t('The cards are somebody else’s; the dates and reviews in the file are yours.')}</p>
          )}
          {/* A form, so that the browser writes the file as it comes, however large it is; what is chosen is in the address. */}
          <form method="post" action={`/api/v1/decks/${id}/export?format=${format}&below=${below > 0 && withBelow}`}>
            <button type="submit" className="button button--primary">
              {t('Download')}
            </button>
          </form>
        </>
      )}
    </Page>
  );
}
