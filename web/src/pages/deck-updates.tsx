import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { changed, takenBack } from '../api/changes.ts';
import { ApiError, api } from '../api/client.ts';
import { deckUpdate } from '../api/sharing.ts';
import type { ChangedNote, UpdatePreview } from '../api/types.ts';
import { rich, serverText, t } from '../languages/t.ts';
import { useStore } from '../lib/store.ts';
import { day } from '../lib/text.ts';
import { Confirm, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { NotFoundPage } from './not-found.tsx';
import '../styles/sharing.css';

export default function DeckUpdatesPage({ id }: { id: string }) {
  const update = useQuery(deckUpdate(id));
  const back = useStore(takenBack);
  if (update.error instanceof ApiError && update.error.status === 404) return <NotFoundPage kind="deck" />;
  return (
    <Page title={t('Updates')}>
      <p className="back">
        <Link href={`/decks/${id}`}>← {update.data?.deck_name ?? t('Deck')}</Link>
      </p>
      <h1>{t('Updates')}</h1>
      {update.data !== undefined ? (
        <>
          <About update={update.data} />
          <Update key={`${update.data.token} ${back}`} update={update.data} />
          <Unsubscribe update={update.data} />
        </>
      ) : update.isError ? (
        <LoadFailure what={t('The update')} error={update.error} onRetry={() => void update.refetch()} />
      ) : (
        <Loading what={t('Looking for changes')} />
      )}
    </Page>
  );
}

/** "12 new, 5 changed, 1 removed, 2 you edited". */
function sentence({ added, changed: different, removed, edited }: UpdatePreview['counts']): string {
  const parts = [
    added > 0 && t('{n, number} new', { n: added }),
    different > 0 && t('{n, number} changed', { n: different }),
    removed > 0 && t('{n, number} removed', { n: removed }),
    edited > 0 && t('{n, number} you edited', { n: edited }),
  ].filter((part) => part !== false);
  return parts.join(', ');
}

function About({ update }: { update: UpdatePreview }) {
  const { source_deck_id, source_name, counts, updated_at } = update;
  const news = sentence(counts);
  return (
    <>
      <p className="lead" role="status">
        {source_deck_id === null
          ? t('The deck you follow is not shared any more.')
          : news === ''
            ? t('Nothing new.')
            : `${news}.`}
      </p>
      <p className="soft">
        {source_deck_id === null
          ? t(
              '“{sourcename}” was deleted, made private or hidden. Your cards stay, and follow it again when it is shared again.',
              {
                sourcename: source_name,
              },
            )
          : rich('Follows <a>{name}</a>; last taken on {day}.', {
              a: (text) => <Link href={`/discover/${source_deck_id}`}>{text}</Link>,
              name: source_name,
              day: day(updated_at),
            })}
      </p>
    </>
  );
}

function Update({ update }: { update: UpdatePreview }) {
  const client = useQueryClient();
  const [removed, setRemoved] = useState<'keep' | 'suspend'>('keep');
  /** Fields to take though they were edited here. */
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(new Set());
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const { counts, token, deck_id } = update;
  if (sentence(counts) === '') return null;

  async function take(): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setFailure(undefined);
    const preferred = update.changed.flatMap(({ note_id, kept }) =>
      kept.filter(({ name }) => theirs.has(`${note_id} ${name}`)).map(({ name }) => ({ note_id, name })),
    );
    try {
      await changed(
        api.POST('/api/v1/subscriptions/{deck_id}/update', {
          params: { path: { deck_id: String(deck_id) } },
          body: { token, removed, theirs: preferred },
        }),
        t('Update taken.'),
      );
      await client.invalidateQueries();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
      if (error.code === 'FC_CHANGED_MEANWHILE') void client.invalidateQueries({ queryKey: ['decks', 'update'] });
    } finally {
      setBusy(false);
    }
  }

  const toggle = (key: string, isTheirs: boolean) => {
    const next = new Set(theirs);
    if (isTheirs) next.add(key);
    else next.delete(key);
    setTheirs(next);
  };
  const takeButton = (
    <button type="button" className="button button--primary" aria-disabled={isBusy} onClick={() => void take()}>
      {isBusy ? t('Taking …') : t('Take the update')}
    </button>
  );
  return (
    <>
      {counts.removed > 0 && (
        <fieldset className="choices update-choices">
          <legend>{t('Notes that are gone there')}</legend>
          {(
            [
              ['keep', t('Keep them as they are')],
              ['suspend', t('Keep them, and ask them no more (suspend)')],
            ] as const
          ).map(([value, label]) => (
            <label key={value} className="choice">
              <input type="radio" name="removed" value={value} checked={removed === value} onChange={() => setRemoved(value)} />
              {label}
            </label>
          ))}
        </fieldset>
      )}
      <div className="actions">{takeButton}</div>
      <p className="field__hint">{t('Your own edits and when each card is due stay. Undo takes the whole update back.')}</p>
      <FormFailure message={failure} />
      {update.changed.length > 0 && (
        <section className="section" aria-labelledby="changed">
          <h2 id="changed">{t('Changed')}</h2>
          <ul className="list">
            {update.changed.map((note) => (
              <Changed key={note.note_id} note={note} theirs={theirs} onToggle={toggle} />
            ))}
          </ul>
          <More shown={update.changed.length} all={Math.max(counts.changed, counts.edited)} />
        </section>
      )}
      {update.added.length > 0 && (
        <section className="section" aria-labelledby="added">
          <h2 id="added">{t('New notes')}</h2>
          <ul className="list">
            {update.added.map(({ front, back }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list is whole, and never changes its order.
              <li key={index} className="update-row">
                <p className="update-row__title">{front}</p>
                <p className="soft">{back}</p>
              </li>
            ))}
          </ul>
          <More shown={update.added.length} all={counts.added} />
        </section>
      )}
      {update.removed.length > 0 && (
        <section className="section" aria-labelledby="removed">
          <h2 id="removed">{t('Gone there')}</h2>
          <ul className="list">
            {update.removed.map(({ note_id, title, is_studied }) => (
              <li key={note_id} className="update-row">
                <p className="update-row__title">{title}</p>
                {is_studied && <p className="soft">{t('You have studied it.')}</p>}
              </li>
            ))}
          </ul>
          <More shown={update.removed.length} all={counts.removed} />
        </section>
      )}
    </>
  );
}

const More = ({ shown, all }: { shown: number; all: number }) =>
  all > shown ? <p className="soft">{t('And {value, number} more.', { value: all - shown })}</p> : null;

function Changed({
  note,
  theirs,
  onToggle,
}: {
  note: ChangedNote;
  theirs: ReadonlySet<string>;
  onToggle(key: string, isTheirs: boolean): void;
}) {
  return (
    <li className="update-row">
      <p className="update-row__title">{note.title}</p>
      {note.changed.map(({ name, yours, theirs: now }) => (
        <dl key={name} className="update-pair">
          <dt>{serverText(name)}</dt>
          <dd>
            <del>{yours}</del>
            <ins>{now}</ins>
          </dd>
        </dl>
      ))}
      {(note.tags_added.length > 0 || note.tags_removed.length > 0) && (
        <p className="soft">
          {t('Tags: {value}', {
            value: [...note.tags_added.map((tag) => `+ ${tag}`), ...note.tags_removed.map((tag) => `− ${tag}`)].join(', '),
          })}
        </p>
      )}
      {note.kept.map(({ name, yours, theirs: now }) => {
        const key = `${note.note_id} ${name}`;
        return (
          <fieldset key={name} className="choices update-row__both">
            <legend>{t('{name}: yours; theirs changed too', { name: serverText(name) })}</legend>
            <label className="choice">
              <input type="radio" name={key} checked={!theirs.has(key)} onChange={() => onToggle(key, false)} />
              <span>
                {rich('Keep yours<span>{yours}</span>', { yours, span: (text) => <span className="choice__hint">{text}</span> })}
              </span>
            </label>
            <label className="choice">
              <input type="radio" name={key} checked={theirs.has(key)} onChange={() => onToggle(key, true)} />
              <span>
                {rich('Take theirs<span>{now}</span>', { now, span: (text) => <span className="choice__hint">{text}</span> })}
              </span>
            </label>
          </fieldset>
        );
      })}
    </li>
  );
}

function Unsubscribe({ update }: { update: UpdatePreview }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  async function end(): Promise<void> {
    setBusy(true);
    try {
      const params = { path: { deck_id: String(update.deck_id) } };
      await changed(
        api.DELETE('/api/v1/subscriptions/{deck_id}', { params }),
        t('You follow “{name}” no more.', { name: update.source_name }),
      );
      void client.invalidateQueries({ queryKey: ['decks'] });
      navigate(`/decks/${update.deck_id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
      setBusy(false);
    }
  }

  return (
    <section className="section section--apart" aria-labelledby="unsubscribe">
      <h2 id="unsubscribe">{t('Follow no more')}</h2>
      {isAsking ? (
        <Confirm
          question={t('Follow “{sourcename}” no more? Your cards stay.', { sourcename: update.source_name })}
          confirm={t('Unsubscribe')}
          cancel={t('Go on following')}
          isBusy={isBusy}
          failure={failure}
          onConfirm={() => void end()}
          onCancel={() => setAsking(false)}
        />
      ) : (
        <button type="button" className="button" onClick={() => setAsking(true)}>
          {t('Unsubscribe …')}
        </button>
      )}
    </section>
  );
}
