import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { api } from '../api/client.ts';
import { moderatedDeck, moderationEvents, moderationQueue, sent } from '../api/sharing.ts';
import type { QueuedReport } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { REPORT_REASONS } from '../lib/report-reasons.ts';
import { day, moment } from '../lib/text.ts';
import { CardList } from '../ui/card-list.tsx';
import { Empty, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { problemOfText, TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import '../styles/sharing.css';

/** For administrators: reports that wait, and what was done. */
export default function ModerationPage() {
  const queue = useQuery(moderationQueue);
  return (
    <Page title={t('Moderation')}>
      <p className="back">
        <Link href="/discover">{t('← Discover')}</Link>
      </p>
      <h1>{t('Moderation')}</h1>
      <section className="section" aria-labelledby="queue">
        <h2 id="queue">{t('Reports that wait')}</h2>
        {queue.isPending && <Loading what={t('Loading reports')} />}
        {queue.isError && <LoadFailure what={t('The reports')} error={queue.error} onRetry={() => void queue.refetch()} />}
        {queue.data?.length === 0 && <Empty title={t('No report waits.')} />}
        {queue.data !== undefined && queue.data.length > 0 && (
          <ul className="list">
            {queue.data.map((report) => (
              <ReportRow key={report.id} report={report} />
            ))}
          </ul>
        )}
      </section>
      <Trail />
    </Page>
  );
}

const inWords = (reason: string): string => t(REPORT_REASONS.find(([known]) => known === reason)?.[1] ?? reason);

function ReportRow({ report }: { report: QueuedReport }) {
  const { deck } = report;
  const [isOpen, setOpen] = useState(false);
  return (
    <li className="moderation-row">
      <p>
        <strong>{deck === null ? t('Something private or gone') : deck.name}</strong>
        <span className="soft">
          {deck === null
            ? t(', reported by {reporter} on {day}', { reporter: report.reporter_name, day: day(report.created_at) })
            : t(' by {owner}, reported by {reporter} on {day}', {
                owner: deck.owner_name,
                reporter: report.reporter_name,
                day: day(report.created_at),
              })}
        </span>
      </p>
      <p>
        {inWords(report.reason)}
        {report.description !== null && report.description !== '' && `: “${report.description}”`}
      </p>
      {deck !== null && (
        <details className="report" onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{t('Look at the deck')}</summary>
          {isOpen && <DeckCards id={deck.id} />}
        </details>
      )}
      {deck !== null && <Action deckId={deck.id} reportId={report.id} action={deck.hidden_at === null ? 'hide' : 'unhide'} />}
      <Action deckId={deck?.id} reportId={report.id} action="dismiss" />
    </li>
  );
}

function DeckCards({ id }: { id: number }) {
  const deck = useQuery(moderatedDeck(String(id)));
  if (deck.isError) return <LoadFailure what={t('The deck')} error={deck.error} onRetry={() => void deck.refetch()} />;
  if (deck.data === undefined) return <Loading what={t('Loading the deck')} />;
  return (
    <>
      {deck.data.description !== null && <p>{deck.data.description}</p>}
      <CardList cards={deck.data.cards} />
    </>
  );
}

const ACTIONS = {
  hide: [msg('Hide the deck'), msg('Why it is hidden')],
  unhide: [msg('Show the deck again'), msg('Why it is shown again')],
  dismiss: [msg('Dismiss the report'), msg('Why nothing is done')],
} as const;

interface ActionProps {
  readonly action: keyof typeof ACTIONS;
  readonly deckId: number | undefined;
  readonly reportId?: number;
}

/** One thing a moderator can do, with the reason that goes into the audit trail. */
function Action({ action, deckId, reportId = 0 }: ActionProps) {
  const client = useQueryClient();
  const [why, setWhy] = useState('');
  const [button, label] = ACTIONS[action];
  const form = useSubmit({
    check: () => ({ why: problemOfText(why, 1000, true) }),
    async send() {
      const body = { why };
      const deck = { path: { deck_id: String(deckId) } };
      if (action === 'dismiss')
        await sent(
          api.POST('/api/v1/moderation/reports/{report_id}/dismiss', { params: { path: { report_id: String(reportId) } }, body }),
        );
      else if (action === 'hide') await sent(api.POST('/api/v1/moderation/decks/{deck_id}/hide', { params: deck, body }));
      else await sent(api.POST('/api/v1/moderation/decks/{deck_id}/unhide', { params: deck, body }));
      await client.invalidateQueries();
    },
  });
  return (
    <form className="new-deck" onSubmit={form.onSubmit} noValidate aria-label={t(button)}>
      <TextField label={t(label)} name="why" value={why} onChange={setWhy} problem={form.problems.why} />
      <button
        type="submit"
        className={action === 'hide' ? 'button button--danger-quiet' : 'button'}
        aria-disabled={form.isSending}
      >
        {t(button)}
      </button>
      <FormFailure message={form.failure} />
    </form>
  );
}

const DONE: Readonly<Record<string, string>> = {
  hide: msg('Hidden'),
  unhide: msg('Shown again'),
  dismiss: msg('Report dismissed'),
};

/** Who did what, when and why; the newest first. */
function Trail() {
  const events = useQuery(moderationEvents);
  const newest = events.data?.toReversed() ?? [];
  const hidden = new Map(newest.toReversed().map(({ deck_id, action }) => [deck_id, action]));
  const isLast = new Set<number>();
  return (
    <section className="section" aria-labelledby="trail">
      <h2 id="trail">{t('What was done')}</h2>
      {events.isError && <LoadFailure what={t('The audit trail')} error={events.error} onRetry={() => void events.refetch()} />}
      {events.data?.length === 0 && <p className="soft">{t('Nothing yet.')}</p>}
      {newest.length > 0 && (
        <ul className="list">
          {newest.map(({ id, action, deck_id, why, created_at, admin_name }) => {
            const canShow = action === 'hide' && hidden.get(deck_id) === 'hide' && !isLast.has(deck_id);
            isLast.add(deck_id);
            return (
              <li key={id} className="moderation-row">
                <p>
                  {t('{done}, deck {deck}, by {admin}, {moment}', {
                    done: t(DONE[action] ?? action),
                    deck: deck_id,
                    admin: admin_name,
                    moment: moment(`${created_at}Z`),
                  })}
                </p>
                <p className="soft">{why}</p>
                {canShow && <Action action="unhide" deckId={deck_id} />}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
