import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { waysIn } from '../api/account.ts';
import { ApiError } from '../api/client.ts';
import { hasPasskeys, NoPasskey, signInAnswer } from '../api/passkeys.ts';
import { signIn, signInAs, signUp } from '../api/session.ts';
import { rich, t } from '../languages/t.ts';
import { useDraft } from '../lib/drafts.ts';
import { returnTo } from '../lib/return-to.ts';
import { lengthOf } from '../lib/text.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { problemOfText, TextField } from '../ui/field.tsx';
import { LanguageChoice } from '../ui/language-choice.tsx';
import { Page } from '../ui/page.tsx';
import { useSubmit } from '../ui/use-submit.ts';

/** The other door, with the way back still in its address. */
const withSearch = (path: string, search: string) => (search === '' ? path : `${path}?${search}`);

/** A misspelt password costs a failed attempt: it can be looked at. Kept out of drafts. */
function usePassword() {
  const [password, setPassword] = useState('');
  const [isShown, setShown] = useState(false);
  const toggle = (
    <label className="check">
      <input type="checkbox" checked={isShown} onChange={(event) => setShown(event.target.checked)} />
      {t('Show password')}
    </label>
  );
  return { password, setPassword, type: isShown ? 'text' : 'password', toggle };
}

export function SignInPage() {
  const search = useSearch();
  const isComingBack = returnTo(search) !== '/';
  const draft = useDraft('sign-in', { username: '' });
  const { password, setPassword, type, toggle } = usePassword();
  const { username } = draft.values;
  const form = useSubmit({
    check: () => ({ username: problemOfText(username, 320, true), password: password === '' ? t('This is needed.') : undefined }),
    // The page of a signed-in user follows by itself.
    send: () => signIn(username.trim(), password),
  });
  return (
    <Page title={t('Sign in')} className="page--door">
      <h1>{t('Sign in')}</h1>
      <p className="lead">
        {t(isComingBack ? 'Then you go on where you were.' : 'Flashcards that come back when you are about to forget them.')}
      </p>
      <form className="form" onSubmit={form.onSubmit} noValidate>
        <TextField
          label={t('Username or email')}
          name="username"
          value={username}
          onChange={(value) => draft.change({ username: value })}
          problem={form.problems.username}
          input={{ autoComplete: 'username', autoCapitalize: 'none', spellCheck: false, required: true }}
        />
        <TextField
          label={t('Password')}
          name="password"
          value={password}
          onChange={setPassword}
          problem={form.problems.password}
          input={{ type, autoComplete: 'current-password', required: true }}
        />
        {toggle}
        <FormFailure message={form.failure} />
        <button type="submit" className="button button--primary button--wide" aria-disabled={form.isSending}>
          {t(form.isSending ? 'Signing in …' : 'Sign in')}
        </button>
      </form>
      <PasskeySignIn />
      <p className="aside">
        <Link href="/reset-password">{t('Forgot your password?')}</Link>
      </p>
      <p className="aside">
        {rich('New here? <a>Create an account</a>', { a: (text) => <Link href={withSearch('/sign-up', search)}>{text}</Link> })}
      </p>
      <LanguageChoice />
    </Page>
  );
}

/** Only where passkeys work: at the address of the site, in a browser that knows them. */
function PasskeySignIn() {
  const ways = useQuery(waysIn);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  if (ways.data?.passkey_site !== window.location.origin || !hasPasskeys()) return null;
  async function signIn(): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      await signInAs(await signInAnswer());
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof NoPasskey)) throw error;
      setFailure(error.message);
      setBusy(false);
    }
  }
  return (
    <div className="form">
      <button
        type="button"
        className="button button--wide"
        aria-disabled={isBusy}
        onClick={() => {
          if (!isBusy) void signIn();
        }}
      >
        {t(isBusy ? 'Waiting for your browser …' : 'Sign in with a passkey')}
      </button>
      <FormFailure message={failure} />
    </div>
  );
}

export function SignUpPage() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const draft = useDraft('sign-up', { email: '', username: '' });
  const signInDraft = useDraft('sign-in', { username: '' });
  const { password, setPassword, type, toggle } = usePassword();
  const { email, username } = draft.values;
  const form = useSubmit({
    check: () => ({
      email: problemOfText(email, 320, true),
      username:
        problemOfText(username, 50, true) ??
        (lengthOf(username.trim()) < 3 ? t('At least {n} characters, please.', { n: 3 }) : undefined),
      password: lengthOf(password) < 8 ? t('At least {n} characters, please.', { n: 8 }) : undefined,
    }),
    async send() {
      await signUp({ email: email.trim(), username: username.trim(), password });
      draft.reset({ email: '', username: '' });
      try {
        await signIn(username.trim(), password);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // The account is there: a second sign-up would only be told that the name is taken.
        signInDraft.change({ username: username.trim() });
        navigate(withSearch('/sign-in', search));
      }
    },
  });
  return (
    <Page title={t('Create an account')} className="page--door">
      <h1>{t('Create an account')}</h1>
      <p className="lead">{t('It lives on this server only.')}</p>
      <form className="form" onSubmit={form.onSubmit} noValidate>
        <TextField
          label={t('Email')}
          name="email"
          value={email}
          onChange={(value) => draft.change({ email: value })}
          problem={form.problems.email}
          input={{ type: 'email', autoComplete: 'email', required: true }}
        />
        <TextField
          label={t('Username')}
          name="username"
          value={username}
          onChange={(value) => draft.change({ username: value })}
          hint={t('3 to 50 characters')}
          problem={form.problems.username}
          input={{ autoComplete: 'username', autoCapitalize: 'none', spellCheck: false, required: true }}
        />
        <TextField
          label={t('Password')}
          name="password"
          value={password}
          onChange={setPassword}
          hint={t('At least 8 characters')}
          problem={form.problems.password}
          input={{ type, autoComplete: 'new-password', required: true }}
        />
        {toggle}
        <FormFailure message={form.failure} />
        <button type="submit" className="button button--primary button--wide" aria-disabled={form.isSending}>
          {t(form.isSending ? 'Creating the account …' : 'Create account')}
        </button>
      </form>
      <p className="aside">
        {rich('You have one? <a>Sign in</a>', { a: (text) => <Link href={withSearch('/sign-in', search)}>{text}</Link> })}
      </p>
      <LanguageChoice />
    </Page>
  );
}
