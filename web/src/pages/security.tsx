import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { logins } from '../api/account.ts';
import { api, dataOf } from '../api/client.ts';
import { me } from '../api/session.ts';
import type { Login, User } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { lengthOf, moment } from '../lib/text.ts';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { RowAction } from '../ui/row-action.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { ApiTokens } from './api-tokens.tsx';
import { Passkeys } from './passkeys.tsx';
import '../styles/account.css';

/** The ways into one's account. */
export default function SecurityPage({ user }: { user: User }) {
  return (
    <Page title={t('Security')} className="page--narrow">
      <p className="back">
        <Link href="/account">{t('← Account')}</Link>
      </p>
      <h1>{t('Security')}</h1>
      <section className="section" aria-labelledby="logins">
        <h2 id="logins">{t('Where you are signed in')}</h2>
        <Logins />
      </section>
      <section className="section" aria-labelledby="password">
        <h2 id="password">{t('Password')}</h2>
        <PasswordForm user={user} />
      </section>
      <section className="section" aria-labelledby="passkeys">
        <h2 id="passkeys">{t('Passkeys')}</h2>
        <Passkeys />
      </section>
      <section className="section" aria-labelledby="tokens">
        <h2 id="tokens">{t('API tokens')}</h2>
        <ApiTokens user={user} />
      </section>
      <section className="section" aria-labelledby="data">
        <h2 id="data">{t('Your data')}</h2>
        {/* A form, so that the browser writes the file as it comes, however large it is. */}
        <form method="post" action="/api/v1/account/export" className="form">
          <p className="soft">
            {t(
              'One zip file with everything that is stored about you: an archive of each deck, which FlashCase imports again, and all rows as JSON.',
            )}
          </p>
          <button type="submit" className="button">
            {t('Download everything')}
          </button>
        </form>
      </section>
      <section className="section section--apart" aria-labelledby="delete">
        <h2 id="delete">{t('Delete account')}</h2>
        <DeleteAccount />
      </section>
    </Page>
  );
}

function Logins() {
  const client = useQueryClient();
  const list = useQuery(logins);
  const [ended, setEnded] = useState<string>();
  const refresh = () => client.invalidateQueries({ queryKey: logins.queryKey });
  if (list.isError) return <LoadFailure what={t('Your logins')} error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading what={t('Loading your logins')} />;
  const others = list.data.filter((login) => !login.is_current).length;
  return (
    <>
      <ul className="list">
        {list.data.map((login) => (
          <li key={login.id} className="account-row">
            <LoginFacts login={login} />
            {!login.is_current && (
              <RowAction
                label={t('Sign out')}
                about={nameOf(login)}
                act={async () => {
                  await dataOf(
                    api.DELETE('/api/v1/auth/logins/{login_id}', { params: { path: { login_id: String(login.id) } } }),
                  );
                  setEnded(t('{name} is signed out.', { name: nameOf(login) }));
                  await refresh();
                }}
              />
            )}
          </li>
        ))}
      </ul>
      <p className="soft" role="status">
        {ended ?? (others === 0 ? t('You are signed in nowhere else.') : '')}
      </p>
      {others > 0 && (
        <RowAction
          label={t('Sign out everywhere else')}
          about=""
          question={t(
            'Sign out {others, plural, one {# other login} other {# other logins}}? Answers that are not yet saved there stay in their browser until you sign in again.',
            { others },
          )}
          className="button"
          act={async () => {
            const { ended: n } = await dataOf(api.DELETE('/api/v1/auth/logins'));
            setEnded(t('{n, plural, one {# login} other {# logins}} ended.', { n }));
            await refresh();
          }}
        />
      )}
    </>
  );
}

const nameOf = ({ device, kind }: Login): string => device ?? (kind === 'api' ? t('A program') : t('A browser'));

function LoginFacts({ login }: { login: Login }) {
  return (
    <div className="account-row__facts">
      <p>
        <strong>{nameOf(login)}</strong>
        {login.is_current && <span className="tag"> {t('This one')}</span>}
        {login.kind === 'api' && <span className="soft"> {t('· program')}</span>}
      </p>
      <p className="soft">
        {login.place === null
          ? t('Last used {moment}.', { moment: moment(`${login.last_used_at}Z`) })
          : t('Last used {moment}, from {place}.', { moment: moment(`${login.last_used_at}Z`), place: login.place })}{' '}
        {t('Signed in {moment}.', { moment: moment(`${login.created_at}Z`) })}
      </p>
    </div>
  );
}

/** Cannot be taken back; asks for the password, so that an open page is not enough. */
function DeleteAccount() {
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const form = useSubmit({
    check: () => ({ current_password: password === '' ? t('This is needed.') : undefined }),
    async send() {
      await dataOf(api.POST('/api/v1/account/delete', { body: { current_password: password } }));
      client.setQueryData(me.queryKey, null);
    },
  });
  return (
    <details className="account-more">
      <summary>{t('Delete my account for good')}</summary>
      <form className="form" onSubmit={form.onSubmit} noValidate aria-label={t('Delete my account')}>
        <p>
          {t(
            'Your decks, cards, reviews and settings go at once and do not come back; download them first. Copies others made of your public decks stay theirs. Backups of this server hold your account until they are pruned.',
          )}
        </p>
        <TextField
          label={t('Your password, to delete the account')}
          name="current_password"
          value={password}
          onChange={setPassword}
          problem={form.problems.current_password}
          input={{ type: 'password', autoComplete: 'current-password', required: true }}
        />
        <FormFailure message={form.failure} />
        <button type="submit" className="button button--danger" aria-disabled={form.isSending}>
          {form.isSending ? t('Deleting …') : t('Delete my account')}
        </button>
      </form>
    </details>
  );
}

function PasswordForm({ user }: { user: User }) {
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [wanted, setWanted] = useState('');
  const [isDone, setDone] = useState(false);
  const form = useSubmit({
    check: () => ({
      current_password: current === '' ? t('This is needed.') : undefined,
      new_password: lengthOf(wanted) < 8 ? t('At least {n} characters, please.', { n: 8 }) : undefined,
    }),
    async send() {
      setDone(false);
      await dataOf(api.PUT('/api/v1/auth/password', { body: { current_password: current, new_password: wanted } }));
      setCurrent('');
      setWanted('');
      setDone(true);
      await client.invalidateQueries({ queryKey: logins.queryKey });
    },
  });
  return (
    <form className="form" onSubmit={form.onSubmit} noValidate aria-label={t('Change the password')}>
      <input type="text" name="username" autoComplete="username" value={user.username} readOnly hidden />
      <TextField
        label={t('Current password')}
        name="current_password"
        value={current}
        onChange={setCurrent}
        problem={form.problems.current_password}
        input={{ type: 'password', autoComplete: 'current-password', required: true }}
      />
      <TextField
        label={t('New password')}
        name="new_password"
        value={wanted}
        onChange={setWanted}
        hint={t('At least 8 characters. All other logins end; API tokens and passkeys stay.')}
        problem={form.problems.new_password}
        input={{ type: 'password', autoComplete: 'new-password', required: true }}
      />
      <FormFailure message={form.failure} />
      <button type="submit" className="button" aria-disabled={form.isSending}>
        {form.isSending ? t('Saving …') : t('Change password')}
      </button>
      <p className="soft" role="status">
        {isDone && t('Your password is changed, and all other logins have ended.')}
      </p>
    </form>
  );
}
