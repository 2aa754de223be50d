import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { ApiError, answerOf, api } from '../api/client.ts';
import { deckPlace } from '../api/deck-tree.ts';
import { deckById } from '../api/queries.ts';
import type { Deck } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { useSubmit } from '../ui/use-submit.ts';
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
type Format = (typeof FORMATS)[number]['value'];
const ENDINGS: Readonly<Record<Format, string>> = { apkg: 'apkg', archive: 'flashcase', csv: 'csv' };

/** A deck as a file of one’s own. */
export default function ExportDeckPage({ id }: { id: string }) {
  const deck = useQuery(deckById(id));
  const place = useQuery(deckPlace(id));
  const [format, setFormat] = useState<Format>('apkg');
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
          <Download deck={deck.data} format={format} below={below > 0 && withBelow} />
        </>
      )}
    </Page>
  );
}

function Download({ deck, format, below }: { deck: Deck; format: Format; below: boolean }) {
  const form = useSubmit({
    async send() {
      const { data } = await answerOf(
        api.POST('/api/v1/decks/{deck_id}/export', {
          params: { path: { deck_id: String(deck.id) }, query: { format, below } },
          parseAs: 'blob',
          // A large deck takes its time.
          fetch,
        }),
      );
      const address = URL.createObjectURL(data as unknown as Blob);
      const link = document.createElement('a');
      link.href = address;
      link.download = `${deck.name.replaceAll('::', ' ')}.${ENDINGS[format]}`;
      link.click();
      // Once the browser has taken it.
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    },
  });
  return (
    <form className="form" onSubmit={form.onSubmit}>
      <FormFailure message={form.failure} />
      <button type="submit" className="button button--primary" aria-disabled={form.isSending}>
        {form.isSending ? t('Making the file …') : t('Download')}
      </button>
    </form>
  );
}
