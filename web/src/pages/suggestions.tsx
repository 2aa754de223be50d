import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { changed } from '../api/changes.ts';
import { ApiError, api, withHint } from '../api/client.ts';
import { sent, suggestions } from '../api/sharing.ts';
import type { Suggestion } from '../api/types.ts';
import { msg, serverText, t } from '../languages/t.ts';
import { day } from '../lib/text.ts';
import { Empty, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import '../styles/sharing.css';

export default function SuggestionsPage() {
  return (
    <Page title={t('Suggestions')}>
      <p className="back">
        <Link href="/discover">{t('← Discover')}</Link>
      </p>
      <h1>{t('Suggestions')}</h1>
      <Section scope="received" title={t('For your decks')} nothing={t('Nobody has suggested anything.')} />
      <Section
        scope="sent"
        title={t('Yours')}
        nothing={t('You have suggested nothing. Edit a note of a deck you follow, then suggest it.')}
      />
    </Page>
  );
}

function Section({ scope, title, nothing }: { scope: 'received' | 'sent'; title: string; nothing: string }) {
  const list = useQuery(suggestions(scope));
  return (
    <section className="section" aria-labelledby={scope}>
      <h2 id={scope}>{title}</h2>
      {list.isPending && <Loading what={t('Loading suggestions')} />}
      {list.isError && <LoadFailure what={t('The suggestions')} error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty title={nothing} />}
      {list.data !== undefined && list.data.length > 0 && (
        <ul className="list">
          {list.data.map((one) => (
            <Row key={one.id} suggestion={one} isReceived={scope === 'received'} />
          ))}
        </ul>
      )}
    </section>
  );
}

const STATES: Readonly<Record<string, string>> = {
  open: msg('waits for an answer'),
  accepted: msg('accepted'),
  declined: msg('declined'),
  withdrawn: msg('withdrawn'),
};

function Row({ suggestion, isReceived }: { suggestion: Suggestion; isReceived: boolean }) {
  const client = useQueryClient();
  const [answer, setAnswer] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const { id, deck_id, deck_name, username, changes, comment, status, created_at } = suggestion;
  const params = { path: { suggestion_id: String(id) } };

  async function run(work: () => Promise<unknown>): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
      await client.invalidateQueries();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(withHint(error));
    } finally {
      setBusy(false);
    }
  }
  const accept = () => changed(api.POST('/api/v1/suggestions/{suggestion_id}/accept', { params }), t('Suggestion accepted.'));
  const decline = () =>
    sent(api.POST('/api/v1/suggestions/{suggestion_id}/decline', { params, body: { answer: answer || null } }));
  const withdraw = () => sent(api.DELETE('/api/v1/suggestions/{suggestion_id}', { params }));

  return (
    <li className="moderation-row">
      <p>
        {deck_name === '' ? (
          t('a deck that is shared no more')
        ) : (
          <Link href={isReceived ? `/decks/${deck_id}` : `/discover/${deck_id}`}>{deck_name}</Link>
        )}
        <span className="soft">
          {' '}
          {isReceived ? t('by {username}, ', { username }) : `${t(STATES[status] ?? status)}, `}
          {day(created_at)}
        </span>
      </p>
      {changes.map(({ name, from, to }) => (
        <dl key={name} className="update-pair">
          <dt>{serverText(name)}</dt>
          <dd>
            <del>{from}</del>
            <ins>{to}</ins>
          </dd>
        </dl>
      ))}
      {comment !== null && comment !== '' && <p>“{comment}”</p>}
      {suggestion.answer !== null && suggestion.answer !== '' && (
        <p>{t('The answer: “{answer}”', { answer: suggestion.answer })}</p>
      )}
      {status === 'open' && (
        <>
          {isReceived && (
            <TextField
              label={t('A word, if you decline')}
              name={`answer-${id}`}
              isOptional
              value={answer}
              onChange={setAnswer}
              input={{ maxLength: 1000 }}
            />
          )}
          <div className="actions">
            {isReceived ? (
              <>
                <button type="button" className="button button--primary" aria-disabled={isBusy} onClick={() => void run(accept)}>
                  {t('Accept')}
                </button>
                <button type="button" className="button" aria-disabled={isBusy} onClick={() => void run(decline)}>
                  {t('Decline')}
                </button>
              </>
            ) : (
              <button type="button" className="button" aria-disabled={isBusy} onClick={() => void run(withdraw)}>
                {t('Withdraw')}
              </button>
            )}
          </div>
        </>
      )}
      <FormFailure message={failure} />
    </li>
  );
}
