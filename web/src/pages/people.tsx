import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { account, accounts } from '../api/admin.ts';
import { api, dataOf } from '../api/client.ts';
import type { Account, User } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { day } from '../lib/text.ts';
import { Empty, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { RowAction } from '../ui/row-action.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { useSubmit } from '../ui/use-submit.ts';
import '../styles/account.css';

/** For administrators: everybody who has an account here. */
export default function PeoplePage({ user }: { user: User }) {
  const [search, setSearch] = useState('');
  const asked = useSettled(search, 250);
  const list = useInfiniteQuery(accounts(asked));
  const people = list.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Page title={t('People')} className="page--narrow">
      <p className="back">
        <Link href="/account">{t('← Account')}</Link>
      </p>
      <h1>{t('People')}</h1>
      <div className="people__find">
        <TextField
          label={t('Find by name or address')}
          name="search"
          value={search}
          onChange={setSearch}
          input={{ type: 'search', autoComplete: 'off' }}
        />
      </div>
      <section className="section" aria-label={t('Accounts')}>
        {list.isPending && <Loading what={t('Loading the accounts')} />}
        {list.isError && <LoadFailure what={t('The accounts')} error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && people.length === 0 && <Empty title={t('Nobody of this name.')} />}
        {people.length > 0 && (
          <ul className="list">
            {people.map((person) => (
              <Person key={person.id} person={person} isSelf={person.id === user.id} />
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <button type="button" className="button" onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? t('Loading …') : t('More')}
          </button>
        )}
      </section>
    </Page>
  );
}

function Person({ person, isSelf }: { person: Account; isSelf: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li className="account-row">
      <div className="account-row__facts">
        <p>
          <strong>{person.username}</strong>
          {isSelf && <span className="soft"> {t('· you')}</span>}
          {person.is_admin && <span className="soft"> {t('· administrator')}</span>}
          {!person.is_active && <span className="soft"> {t('· not let in')}</span>}
        </p>
        <p className="soft">{t('{email}, here since {createdat}', { email: person.email, createdat: day(person.created_at) })}</p>
        <details className="account-more" onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>
            {rich('More<hidden> {value}</hidden>', {
              value: t('about {username}', { username: person.username }),
              hidden: (text) => <span className="visually-hidden">{text}</span>,
            })}
          </summary>
          {isOpen && <PersonMore person={person} isSelf={isSelf} />}
        </details>
      </div>
    </li>
  );
}

function PersonMore({ person, isSelf }: { person: Account; isSelf: boolean }) {
  const client = useQueryClient();
  const seen = useQuery(account(String(person.id)));
  const [link, setLink] = useState<string>();
  const params = { path: { user_id: String(person.id) } };
  const change = async (body: { is_admin?: boolean; is_active?: boolean; max_cards?: number | null }) => {
    await dataOf(api.PUT('/api/v1/admin/users/{user_id}', { params, body }));
    await client.invalidateQueries({ queryKey: ['admin'] });
  };
  if (seen.isError) return <LoadFailure what={t('The account')} error={seen.error} onRetry={() => void seen.refetch()} />;
  if (seen.data === undefined) return <Loading what={t('Loading the account')} />;
  const { storage, logins } = seen.data;
  return (
    <>
      <dl className="facts">
        <dt>{t('Keeps')}</dt>
        <dd>
          {t('{n, plural, one {# deck} other {# decks}}', { n: storage.decks })},{' '}
          {t('{n, plural, one {# note} other {# notes}}', { n: storage.notes })},{' '}
          {t('{n, plural, one {# card} other {# cards}}', { n: storage.cards })},{' '}
          {t('{n, plural, one {# review} other {# reviews}}', { n: storage.reviews })}
        </dd>
        <dt>{t('Texts')}</dt>
        <dd>{t('{n, plural, one {# character} other {# characters}}', { n: storage.characters })}</dd>
        <dt>{t('Signed in')}</dt>
        <dd>{logins === 0 ? t('nowhere') : t('{n, plural, one {# time} other {# times}}', { n: logins })}</dd>
      </dl>
      <div role="status">
        {link !== undefined && (
          <div className="notice account-secret">
            <p>
              {t('Hand this link to {username}. It sets a new password once, within 45 minutes, and is shown this once.', {
                username: person.username,
              })}
            </p>
            <p>
              <code>{link}</code>
            </p>
          </div>
        )}
      </div>
      <div className="actions">
        <RowAction
          label={t('Make a link for a new password')}
          about={t('of {username}', { username: person.username })}
          act={async () => {
            const { path } = await dataOf(api.POST('/api/v1/admin/users/{user_id}/reset-link', { params }));
            setLink(`${window.location.origin}${path}`);
          }}
        />
        {!isSelf && (
          <>
            <RowAction
              label={person.is_admin ? t('Make no administrator') : t('Make administrator')}
              about={person.username}
              question={
                person.is_admin
                  ? t('{username} may then do nothing here but study.', { username: person.username })
                  : t('{username} may then see who is here, let people in and out, moderate, and move the data.', {
                      username: person.username,
                    })
              }
              act={() => change({ is_admin: !person.is_admin })}
            />
            <RowAction
              label={person.is_active ? t('Let in no more') : t('Let in again')}
              about={person.username}
              {...(person.is_active
                ? {
                    question: t('{username} is signed out everywhere at once. Nothing is deleted.', {
                      username: person.username,
                    }),
                  }
                : {})}
              act={() => change({ is_active: !person.is_active })}
            />
          </>
        )}
      </div>
      <Quota person={person} onChange={change} />
      {!isSelf && <Deletion person={person} />}
    </>
  );
}

/** How many cards somebody may have; nothing for what everybody may. */
function Quota({ person, onChange }: { person: Account; onChange: (body: { max_cards: number | null }) => Promise<void> }) {
  const [text, setText] = useState(person.max_cards === null ? '' : String(person.max_cards));
  const form = useSubmit({
    check: () => ({ max_cards: /^\d{0,9}$/.test(text.trim()) ? undefined : t('A whole number, please.') }),
    send: () => onChange({ max_cards: text.trim() === '' ? null : Number(text) }),
  });
  return (
    <form
      className="new-deck"
      onSubmit={form.onSubmit}
      noValidate
      aria-label={t('Cards of {username}', { username: person.username })}
    >
      <TextField
        label={t('Cards they may have')}
        name="max_cards"
        value={text}
        onChange={setText}
        hint={
          person.max_cards === null
            ? t('Empty: as many as everybody.')
            : t('At most {maxcards, number} now.', { maxcards: person.max_cards })
        }
        problem={form.problems.max_cards}
        input={{ inputMode: 'numeric', autoComplete: 'off' }}
      />
      <button type="submit" className="button" aria-disabled={form.isSending}>
        {t('Save')}
      </button>
      <FormFailure message={form.failure} />
    </form>
  );
}

/** Cannot be taken back: the name is typed, so that it is no slip. */
function Deletion({ person }: { person: Account }) {
  const client = useQueryClient();
  const [confirm, setConfirm] = useState('');
  const form = useSubmit({
    check: () => ({
      confirm: confirm === person.username ? undefined : t('Type {username}, please.', { username: person.username }),
    }),
    async send() {
      const params = { path: { user_id: String(person.id) } };
      await dataOf(api.POST('/api/v1/admin/users/{user_id}/delete', { params, body: { confirm } }));
      await client.invalidateQueries({ queryKey: ['admin'] });
    },
  });
  return (
    <form
      className="new-deck"
      onSubmit={form.onSubmit}
      noValidate
      aria-label={t('Delete {username}', { username: person.username })}
    >
      <TextField
        label={t('Type the name to delete this account for good')}
        name="confirm"
        value={confirm}
        onChange={setConfirm}
        hint={t('With all decks, cards and reviews. Copies others made stay theirs.')}
        problem={form.problems.confirm}
        input={{ autoComplete: 'off', autoCapitalize: 'none', spellCheck: false }}
      />
      <button type="submit" className="button button--danger-quiet" aria-disabled={form.isSending}>
        {t('Delete account')}
      </button>
      <FormFailure message={form.failure} />
    </form>
  );
}
