import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { logins } from '../api/account.ts';
import { api, dataOf } from '../api/client.ts';
import { me } from '../api/session.ts';
import type { Login, User } from '../api/types.ts';
import { count, lengthOf, moment } from '../lib/text.ts';
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
    <Page title="Security" className="page--narrow">
      <p className="back">
        <Link href="/account">← Account</Link>
      </p>
      <h1>Security</h1>
      <section className="section" aria-labelledby="logins">
        <h2 id="logins">Where you are signed in</h2>
        <Logins />
      </section>
      <section className="section" aria-labelledby="password">
        <h2 id="password">Password</h2>
        <PasswordForm user={user} />
      </section>
      <section className="section" aria-labelledby="passkeys">
        <h2 id="passkeys">Passkeys</h2>
        <Passkeys />
      </section>
      <section className="section" aria-labelledby="tokens">
        <h2 id="tokens">API tokens</h2>
        <ApiTokens user={user} />
      </section>
      <section className="section" aria-labelledby="data">
        <h2 id="data">Your data</h2>
        {/* A form, so that the browser writes the file as it comes, however large it is. */}
        <form method="post" action="/api/v1/account/export" className="form">
          <p className="soft">
            One zip file with everything that is stored about you: an archive of each deck, which FlashCase imports again, and all
            rows as JSON.
          </p>
          <button type="submit" className="button">
            Download everything
          </button>
        </form>
      </section>
      <section className="section section--apart" aria-labelledby="delete">
        <h2 id="delete">Delete account</h2>
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
  if (list.isError) return <LoadFailure what="Your logins" error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading what="Loading your logins" />;
  const others = list.data.filter((login) => !login.is_current).length;
  return (
    <>
      <ul className="list">
        {list.data.map((login) => (
          <li key={login.id} className="account-row">
            <LoginFacts login={login} />
            {!login.is_current && (
              <RowAction
                label="Sign out"
                about={nameOf(login)}
                act={async () => {
                  await dataOf(
                    api.DELETE('/api/v1/auth/logins/{login_id}', { params: { path: { login_id: String(login.id) } } }),
                  );
                  setEnded(`${nameOf(login)} is signed out.`);
                  await refresh();
                }}
              />
            )}
          </li>
        ))}
      </ul>
      <p className="soft" role="status">
        {ended ?? (others === 0 ? 'You are signed in nowhere else.' : '')}
      </p>
      {others > 0 && (
        <RowAction
          label="Sign out everywhere else"
          about=""
          question={`Sign out ${count(others, 'other login')}? Answers that are not yet saved there stay in their browser until you sign in again.`}
          className="button"
          act={async () => {
            const { ended: number } = await dataOf(api.DELETE('/api/v1/auth/logins'));
            setEnded(`${count(number, 'login')} ended.`);
            await refresh();
          }}
        />
      )}
    </>
  );
}

const nameOf = ({ device, kind }: Login): string => device ?? (kind === 'api' ? 'A program' : 'A browser');

function LoginFacts({ login }: { login: Login }) {
  return (
    <div className="account-row__facts">
      <p>
        <strong>{nameOf(login)}</strong>
        {login.is_current && <span className="tag"> This one</span>}
        {login.kind === 'api' && <span className="soft"> · program</span>}
      </p>
      <p className="soft">
        Last used {moment(`${login.last_used_at}Z`)}
        {login.place !== null && `, from ${login.place}`}. Signed in {moment(`${login.created_at}Z`)}.
      </p>
    </div>
  );
}

/** Cannot be taken back; asks for the password, so that an open page is not enough. */
function DeleteAccount() {
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const form = useSubmit({
    check: () => ({ current_password: password === '' ? 'This is needed.' : undefined }),
    async send() {
      await dataOf(api.POST('/api/v1/account/delete', { body: { current_password: password } }));
      client.setQueryData(me.queryKey, null);
    },
  });
  return (
    <details className="account-more">
      <summary>Delete my account for good</summary>
      <form className="form" onSubmit={form.onSubmit} noValidate aria-label="Delete my account">
        <p>
          Your decks, cards, reviews and settings go at once and do not come back; download them first. Copies others made of your
          public decks stay theirs. Backups of this server hold your account until they are pruned.
        </p>
        <TextField
          label="Your password, to delete the account"
          name="current_password"
          value={password}
          onChange={setPassword}
          problem={form.problems.current_password}
          input={{ type: 'password', autoComplete: 'current-password', required: true }}
        />
        <FormFailure message={form.failure} />
        <button type="submit" className="button button--danger" aria-disabled={form.isSending}>
          {form.isSending ? 'Deleting …' : 'Delete my account'}
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
      current_password: current === '' ? 'This is needed.' : undefined,
      new_password: lengthOf(wanted) < 8 ? 'At least 8 characters, please.' : undefined,
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
    <form className="form" onSubmit={form.onSubmit} noValidate aria-label="Change the password">
      <input type="text" name="username" autoComplete="username" value={user.username} readOnly hidden />
      <TextField
        label="Current password"
        name="current_password"
        value={current}
        onChange={setCurrent}
        problem={form.problems.current_password}
        input={{ type: 'password', autoComplete: 'current-password', required: true }}
      />
      <TextField
        label="New password"
        name="new_password"
        value={wanted}
        onChange={setWanted}
        hint="At least 8 characters. All other logins end; API tokens and passkeys stay."
        problem={form.problems.new_password}
        input={{ type: 'password', autoComplete: 'new-password', required: true }}
      />
      <FormFailure message={form.failure} />
      <button type="submit" className="button" aria-disabled={form.isSending}>
        {form.isSending ? 'Saving …' : 'Change password'}
      </button>
      <p className="soft" role="status">
        {isDone && 'Your password is changed, and all other logins have ended.'}
      </p>
    </form>
  );
}
