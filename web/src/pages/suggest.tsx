import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { api } from '../api/client.ts';
import { sent, subscriptions } from '../api/sharing.ts';
import { rich, t } from '../languages/t.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { problemOfText, TextArea } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';

/** Below a note of a deck that follows another: suggests what was changed in it to who publishes it. */
export default function Suggest({ noteId, deckId }: { noteId: number; deckId: number }) {
  const followed = useQuery(subscriptions);
  const [comment, setComment] = useState('');
  const [isSent, setSent] = useState(false);
  const form = useSubmit({
    check: () => ({ comment: problemOfText(comment, 1000, false) }),
    async send() {
      await sent(api.POST('/api/v1/suggestions/', { body: { note_id: noteId, comment: comment || null } }));
      setSent(true);
    },
  });
  const source = followed.data?.find((one) => one.deck_id === deckId);
  if (source === undefined || source.source_deck_id === null) return null;
  return (
    <section className="section section--apart" aria-labelledby="suggest">
      <h2 id="suggest">{t('Suggest your change')}</h2>
      <div role="status">
        {isSent && (
          <p className="notice">
            {rich('Suggested. <a>See your suggestions</a>', { a: (text) => <Link href="/suggestions">{text}</Link> })}
          </p>
        )}
      </div>
      {!isSent && (
        <form className="form" onSubmit={form.onSubmit} noValidate aria-label={t('Suggest your change')}>
          <p className="soft">
            {t('What you have saved here is suggested to who publishes “{sourcename}”.', { sourcename: source.source_name })}
          </p>
          <TextArea
            label={t('Why')}
            name="comment"
            isOptional
            rows={2}
            value={comment}
            onChange={setComment}
            problem={form.problems.comment}
            limit={1000}
          />
          <FormFailure message={form.failure} />
          <div className="actions">
            <button type="submit" className="button" aria-disabled={form.isSending}>
              {form.isSending ? t('Sending …') : t('Suggest')}
            </button>
          </div>
        </form>
      )}
    </section>
  );
}
