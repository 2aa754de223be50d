import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { waysIn } from '../api/account.ts';
import { api, dataOf } from '../api/client.ts';
import { queries } from '../api/query-client.ts';
import { me } from '../api/session.ts';
import { t } from '../languages/t.ts';
import { lengthOf } from '../lib/text.ts';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { problemOfText, TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { useSubmit } from '../ui/use-submit.ts';

/** Without a link: asks for one. With one: takes the new password. */
export default function ResetPasswordPage() {
  const [token] = useState(() => window.location.hash.slice(1));
  // Taken out of the address, so that it stays in no history.
  useEffect(() => {
    if (token !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
  }, [token]);
  return (
    <Page title={t('New password')} className="page--door">
      <h1>{t('New password')}</h1>
      {token === '' ? <AskForLink /> : <ChoosePassword token={token} />}
      <p className="aside">
        <Link href="/sign-in">{t('Sign in')}</Link>
      </p>
    </Page>
  );
}

function AskForLink() {
  const ways = useQuery(waysIn);
  const [name, setName] = useState('');
  const [isSent, setSent] = useState(false);
  const form = useSubmit({
    check: () => ({ name: problemOfText(name, 320, true) }),
    async send() {
      await dataOf(api.POST('/api/v1/auth/password-resets', { body: { name: name.trim() } }));
      setSent(true);
    },
  });
  if (ways.isError) return <LoadFailure what={t('This page')} error={ways.error} onRetry={() => void ways.refetch()} />;
  if (ways.data === undefined) return <Loading what={t('Opening')} />;
  if (!ways.data.mails_password_resets)
    return (
      <p className="lead">{t('This server sends no mail. Ask who runs it for a link: an administrator can make one for you.')}</p>
    );
  if (isSent)
    return (
      <p className="lead" role="status">
        {t(
          'If there is such an account, a mail with a link is on its way. The link works for 45 minutes. Look into your spam folder too.',
        )}
      </p>
    );
  return (
    <form className="form" onSubmit={form.onSubmit} noValidate>
      <p className="lead">{t('We mail you a link to choose one.')}</p>
      <TextField
        label={t('Username or email')}
        name="name"
        value={name}
        onChange={setName}
        problem={form.problems.name}
        input={{ autoComplete: 'username', autoCapitalize: 'none', spellCheck: false, required: true }}
      />
      <FormFailure message={form.failure} />
      <button type="submit" className="button button--primary button--wide" aria-disabled={form.isSending}>
        {form.isSending ? t('Asking …') : t('Send me a link')}
      </button>
    </form>
  );
}

function ChoosePassword({ token }: { token: string }) {
  const [password, setPassword] = useState('');
  const [isDone, setDone] = useState(false);
  const form = useSubmit({
    check: () => ({ password: lengthOf(password) < 8 ? t('At least {n} characters, please.', { n: 8 }) : undefined }),
    async send() {
      await dataOf(api.POST('/api/v1/auth/password-resets/use', { body: { token, password } }));
      // Whoever was signed in here is so no more.
      queries.setQueryData(me.queryKey, null);
      setDone(true);
    },
  });
  if (isDone)
    return (
      <p className="lead" role="status">
        {t('Your password is set. All logins, API tokens and passkeys from before have ended.')}
      </p>
    );
  return (
    <form className="form" onSubmit={form.onSubmit} noValidate>
      <TextField
        label={t('New password')}
        name="password"
        value={password}
        onChange={setPassword}
        hint={t('At least 8 characters. All your logins, API tokens and passkeys end.')}
        problem={form.problems.password}
        input={{ type: 'password', autoComplete: 'new-password', required: true }}
      />
      <FormFailure message={form.failure} />
      <button type="submit" className="button button--primary button--wide" aria-disabled={form.isSending}>
        {form.isSending ? t('Saving …') : t('Set password')}
      </button>
    </form>
  );
}
