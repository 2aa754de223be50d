import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { changed } from '../api/changes.ts';
import { ApiError, api } from '../api/client.ts';
import { sent, sharedDeck } from '../api/sharing.ts';
import type { ReportReason, SharedDeck } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { REPORT_REASONS } from '../lib/report-reasons.ts';
import { courseOf, day } from '../lib/text.ts';
import { CardList } from '../ui/card-list.tsx';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Choice, problemOfText, TextArea, translated } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { NotFoundPage } from './not-found.tsx';
import '../styles/sharing.css';

export default function SharedDeckPage({ id }: { id: string }) {
  const deck = useQuery(sharedDeck(id));
  if (deck.error instanceof ApiError && deck.error.status === 404) return <NotFoundPage kind="deck" />;
  return (
    <Page title={deck.data?.name ?? t('Shared deck')}>
      <p className="back">
        <Link href="/discover">{t('← Discover')}</Link>
      </p>
      {deck.data !== undefined ? (
        <>
          <Head deck={deck.data} />
          <section className="section" aria-labelledby="preview">
            <h2 id="preview">
              {deck.data.cards.length < deck.data.card_count
                ? t('The first {length, plural, one {# card} other {# cards}}', { length: deck.data.cards.length })
                : t('Its cards')}
            </h2>
            {deck.data.cards.length === 0 ? (
              <p className="soft">{t('There are none yet.')}</p>
            ) : (
              <CardList cards={deck.data.cards} />
            )}
          </section>
          {!deck.data.is_owner && <Report deckId={deck.data.id} />}
        </>
      ) : deck.isError ? (
        <LoadFailure what={t('The deck')} error={deck.error} onRetry={() => void deck.refetch()} />
      ) : (
        <Loading what={t('Loading the deck')} />
      )}
    </Page>
  );
}

function Head({ deck }: { deck: SharedDeck }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const about = courseOf(deck);

  async function take(how: 'clone' | 'subscribe'): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setFailure(undefined);
    const params = { path: { deck_id: String(deck.id) } };
    try {
      const copy =
        how === 'clone'
          ? await changed(api.POST('/api/v1/decks/{deck_id}/clone', { params }), t('“{name}” copied.', { name: deck.name }))
          : await changed(
              api.POST('/api/v1/decks/{deck_id}/subscribe', { params }),
              t('You follow “{name}”.', { name: deck.name }),
            );
      void client.invalidateQueries({ queryKey: ['decks'] });
      navigate(`/decks/${copy.id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
      setBusy(false);
    }
  }

  return (
    <div className="deck-head">
      <h1>{deck.name}</h1>
      {about !== '' && <p className="soft">{about}</p>}
      {deck.description !== null && deck.description !== '' && <p className="deck-head__description">{deck.description}</p>}
      <p className="soft">
        {t('{cards, plural, one {# card} other {# cards}} by {owner}, shared since {day}', {
          cards: deck.card_count,
          owner: deck.owner_name,
          day: day(deck.published_at),
        })}
        {deck.copy_count > 0 && t(', {copycount, plural, one {# copy} other {# copies}}', { copycount: deck.copy_count })}.
      </p>
      <div className="actions">
        {deck.is_owner ? (
          <Link href={`/decks/${deck.id}`} className="button button--primary">
            {t('Open your deck')}
          </Link>
        ) : deck.subscribed_deck_id !== null ? (
          <Link href={`/decks/${deck.subscribed_deck_id}`} className="button button--primary">
            {t('Open your copy')}
          </Link>
        ) : (
          <button type="button" className="button button--primary" aria-disabled={isBusy} onClick={() => void take('subscribe')}>
            {t('Subscribe')}
          </button>
        )}
        <button type="button" className="button" aria-disabled={isBusy} onClick={() => void take('clone')}>
          {t('Clone')}
        </button>
        {!deck.is_owner && (
          <Link href={`/decks/${deck.id}/study`} className="button">
            {t('Try it')}
          </Link>
        )}
      </div>
      <p className="field__hint">
        {t(
          'A subscription follows the deck: you take its changes when you want, and what you edit stays yours. A clone is yours alone.',
        )}
      </p>
      <FormFailure message={failure} />
    </div>
  );
}

function Report({ deckId }: { deckId: number }) {
  const [reason, setReason] = useState<ReportReason>('incorrect_information');
  const [description, setDescription] = useState('');
  const [isSent, setSent] = useState(false);
  const form = useSubmit({
    check: () => ({ description: problemOfText(description, 1000, false) }),
    async send() {
      await sent(api.POST('/api/v1/reports/', { body: { report_type: 'deck', content_id: deckId, reason, description } }));
      setSent(true);
    },
  });
  return (
    <section className="section section--apart" aria-labelledby="report">
      <h2 id="report">{t('Something wrong with it?')}</h2>
      <div role="status">
        {isSent && <p className="notice">{t('Thank you. The moderators of this server will look at it.')}</p>}
      </div>
      {!isSent && (
        <details className="report">
          <summary>{t('Report this deck')}</summary>
          <form className="form" onSubmit={form.onSubmit} noValidate aria-label={t('Report this deck')}>
            <Choice
              label={t('What is wrong')}
              value={reason}
              options={translated(REPORT_REASONS)}
              onChange={(value) => setReason(value as ReportReason)}
            />
            <TextArea
              label={t('More about it')}
              name="description"
              isOptional
              value={description}
              onChange={setDescription}
              problem={form.problems.description}
              limit={1000}
            />
            <FormFailure message={form.failure} />
            <div className="actions">
              <button type="submit" className="button" aria-disabled={form.isSending}>
                {form.isSending ? t('Sending …') : t('Send report')}
              </button>
            </div>
          </form>
        </details>
      )}
    </section>
  );
}
