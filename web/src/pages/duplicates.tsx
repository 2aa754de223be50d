import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { ApiError, api, dataOf } from '../api/client.ts';
import { duplicateGroups, resolveDuplicates } from '../api/edit.ts';
import type { DuplicateMatch, DuplicateNote, DuplicateResolution } from '../api/types.ts';
import { msg, rich, serverText, t } from '../languages/t.ts';
import { Confirm, Empty, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Choice, translated } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import '../styles/browse.css';

/** Groups of one page. */
const PAGE = 20;

const MATCHES: readonly (readonly [DuplicateMatch, string])[] = [
  ['usual', msg('Ignoring capitals, spaces, format')],
  ['loose', msg('Ignoring accents, too')],
  ['exact', msg('To the letter')],
];

interface Group {
  readonly notes: readonly DuplicateNote[];
}

/** What is chosen for a group: the note that stays, and the note whose text it gets. */
interface Chosen {
  readonly keep: number;
  readonly text: number;
}

/** The note that stays unless another one is chosen: the one that was studied most, the oldest of these. */
const usual = ({ notes }: Group): Chosen => {
  const most = notes.reduce((best, one) => (one.review_count > best.review_count ? one : best));
  return { keep: most.id, text: most.id };
};

const firstOf = ({ notes }: Group): string => notes[0]?.fields[0]?.value.replaceAll(/\s+/g, ' ').slice(0, 80) ?? '';

export default function DuplicatesPage() {
  const client = useQueryClient();
  const [match, setMatch] = useState<DuplicateMatch>('usual');
  const [deck, setDeck] = useState('');
  const [skip, setSkip] = useState(0);
  const [chosen, setChosen] = useState<ReadonlyMap<number, Chosen>>(new Map());
  const [asking, setAsking] = useState<DuplicateResolution['action']>();
  const [told, setTold] = useState('');
  const [failure, setFailure] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const status = useRef<HTMLDivElement>(null);
  const found = useQuery(duplicateGroups({ match, skip, limit: PAGE, ...(deck === '' ? {} : { deck_id: deck }) }));
  const decks = useQuery({
    queryKey: ['decks', 'own', 'names'],
    queryFn: () => dataOf(api.GET('/api/v1/decks/', { params: { query: { scope: 'own', limit: 500 } } })),
  });
  const groups = found.data?.groups ?? [];
  const choiceOf = (group: Group): Chosen => chosen.get(group.notes[0]?.id ?? 0) ?? usual(group);
  const choose = (group: Group, choice: Chosen) => setChosen(new Map([...chosen, [group.notes[0]?.id ?? 0, choice]]));

  async function resolve(action: DuplicateResolution['action'], some: readonly Group[]): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const done = await resolveDuplicates(
        action,
        some.map((group) => {
          const { keep, text } = choiceOf(group);
          return { keep, text_of: text, notes: group.notes.map(({ id, updated_at }) => ({ id, updated_at })) };
        }),
      );
      await client.invalidateQueries({ queryKey: ['cards'] });
      void client.invalidateQueries({ queryKey: ['decks'] });
      const what =
        action === 'mark'
          ? t('{n, plural, one {# note} other {# notes}} marked with the tag duplicate.', { n: done.notes })
          : t('{n, plural, one {# note} other {# notes}} taken away.', { n: done.notes });
      const [first] = done.left;
      const left = t('{n, plural, one {# group} other {# groups}} left: {why}', {
        n: done.left.length,
        why: serverText(first?.reason ?? ''),
      });
      setTold(first === undefined ? what : `${what} ${left}`);
      status.current?.focus();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
    } finally {
      setBusy(false);
      setAsking(undefined);
    }
  }

  function look(change: () => void): void {
    change();
    setSkip(0);
    setTold('');
  }

  return (
    <Page title={t('Duplicates')} className="page--browse">
      <h1>{t('Duplicates')}</h1>
      <p className="soft">
        {rich('Notes of one type that begin with the same field, in your own decks. <a>Back to all cards</a>', {
          a: (text) => <Link href="/browse">{text}</Link>,
        })}
      </p>
      <div className="replace__fields">
        <Choice
          label={t('When two are the same')}
          value={match}
          options={translated(MATCHES)}
          onChange={(value) => look(() => setMatch(value as DuplicateMatch))}
        />
        <Choice
          label={t('In the deck')}
          value={deck}
          options={[
            ['', t('All decks')],
            ...(decks.data ?? []).filter((one) => one.is_owner).map(({ id, name }) => [String(id), name] as const),
          ]}
          onChange={(value) => look(() => setDeck(value))}
        />
      </div>
      <div role="status" tabIndex={-1} ref={status} className="replace__status">
        {told !== '' && <p className="notice">{told}</p>}
        {found.data !== undefined && groups.length > 0 && (
          <p>
            {t('{groups, plural, one {# group} other {# groups}} of {notes, plural, one {# note} other {# notes}}', {
              groups: found.data.group_count,
              notes: found.data.note_count,
            })}
            {found.data.group_count > PAGE &&
              t(', {value, number} to {value2, number} shown', { value: skip + 1, value2: skip + groups.length })}
          </p>
        )}
      </div>
      <FormFailure message={failure} />
      {found.isError && found.data === undefined && (
        <LoadFailure what={t('The duplicates')} error={found.error} onRetry={() => void found.refetch()} />
      )}
      {found.isPending && <Loading what={t('Looking for duplicates')} />}
      {found.data !== undefined && groups.length === 0 && (
        <Empty title={t('No duplicates')}>
          <p>{t('No two notes begin with the same words.')}</p>
        </Empty>
      )}
      {groups.length > 0 && (
        <div className="actions">
          <button type="button" className="button" aria-disabled={isBusy} onClick={() => setAsking('merge')}>
            {t('Merge all shown …')}
          </button>
          <button type="button" className="button" aria-disabled={isBusy} onClick={() => void resolve('mark', groups)}>
            {t('Mark all shown')}
          </button>
        </div>
      )}
      {asking !== undefined && (
        <Confirm
          question={t(
            'Merge {groups, plural, one {# group} other {# groups}}? Of each the chosen note stays with its cards and their history, and gets the tags of all.',
            { groups: groups.length },
          )}
          confirm={t('Merge {groups, plural, one {# group} other {# groups}}', { groups: groups.length })}
          cancel={t('Keep them')}
          isBusy={isBusy}
          failure={undefined}
          onConfirm={() => void resolve('merge', groups)}
          onCancel={() => setAsking(undefined)}
        />
      )}
      {groups.map((group) => (
        <GroupOfNotes
          key={group.notes[0]?.id}
          group={group}
          choice={choiceOf(group)}
          isBusy={isBusy}
          onChoose={(choice) => choose(group, choice)}
          onResolve={(action) => void resolve(action, [group])}
        />
      ))}
      {found.data !== undefined && found.data.group_count > PAGE && (
        <div className="actions">
          {skip > 0 && (
            <button type="button" className="button" onClick={() => setSkip(Math.max(0, skip - PAGE))}>
              {t('Previous groups')}
            </button>
          )}
          {skip + PAGE < found.data.group_count && (
            <button type="button" className="button" onClick={() => setSkip(skip + PAGE)}>
              {t('Next groups')}
            </button>
          )}
        </div>
      )}
    </Page>
  );
}

interface GroupProps {
  readonly group: Group;
  readonly choice: Chosen;
  readonly isBusy: boolean;
  onChoose(choice: Chosen): void;
  onResolve(action: DuplicateResolution['action']): void;
}

function GroupOfNotes({ group, choice, isBusy, onChoose, onResolve }: GroupProps) {
  const first = firstOf(group);
  const name = `keep-${group.notes[0]?.id}`;
  const others = group.notes.length - 1;
  return (
    <fieldset className="browse__bulk duplicates">
      <legend dir="auto" lang="">
        {first}
      </legend>
      <ul className="replace__changes">
        {group.notes.map((note, at) => (
          <li key={note.id}>
            <div className="duplicates__choices">
              <label className="check">
                <input
                  type="radio"
                  name={name}
                  checked={choice.keep === note.id}
                  onChange={() => onChoose({ keep: note.id, text: note.id })}
                />
                {t('Keep note {number}', { number: at + 1 })}
              </label>
              <label className="check">
                <input
                  type="radio"
                  name={`${name}-text`}
                  checked={choice.text === note.id}
                  onChange={() => onChoose({ ...choice, text: note.id })}
                />
                {t('Its text')}
              </label>
              <Link href={`/notes/${note.id}`}>
                {rich('Open<hidden> note {at}</hidden>', {
                  at: at + 1,
                  hidden: (text) => <span className="visually-hidden">{text}</span>,
                })}
              </Link>
            </div>
            <p className="soft">
              {note.deck_name} · {t('{n, plural, one {# card} other {# cards}}', { n: note.card_count })} ·{' '}
              {note.review_count === 0
                ? t('never studied')
                : t('{n, plural, one {# review} other {# reviews}}', { n: note.review_count })}
              {note.tags.length > 0 && ` · ${note.tags.join(' ')}`}
            </p>
            {note.fields.map(({ name: field, value }) => (
              <p key={field}>
                <span className="soft">{serverText(field)}</span>
                <span className="replace__text" dir="auto" lang="">
                  {value}
                </span>
              </p>
            ))}
          </li>
        ))}
      </ul>
      <div className="actions">
        <button type="button" className="button button--primary" aria-disabled={isBusy} onClick={() => onResolve('merge')}>
          {rich('Merge<hidden> {first}</hidden>', { first, hidden: (text) => <span className="visually-hidden">{text}</span> })}
        </button>
        <button type="button" className="button button--danger-quiet" aria-disabled={isBusy} onClick={() => onResolve('delete')}>
          {others === 1 ? t('Delete the other') : t('Delete the {others} others', { others })}
          <span className="visually-hidden"> {t('of {first}', { first })}</span>
        </button>
        <button type="button" className="button" aria-disabled={isBusy} onClick={() => onResolve('mark')}>
          {rich('Mark<hidden> {first}</hidden>', { first, hidden: (text) => <span className="visually-hidden">{text}</span> })}
        </button>
      </div>
    </fieldset>
  );
}
