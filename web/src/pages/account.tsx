import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError } from '../api/client.ts';
import { outbox } from '../api/outbox.ts';
import { signOut } from '../api/session.ts';
import type { User } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { useStore } from '../lib/store.ts';
import { type KeySettings, keepKeySettings, readKeySettings, type StudyKeys } from '../lib/study-keys.ts';
import { day } from '../lib/text.ts';
import { setTheme, type Theme, theme } from '../lib/theme.ts';
import { Confirm, FormFailure } from '../ui/feedback.tsx';
import { LanguageChoice } from '../ui/language-choice.tsx';
import { Page } from '../ui/page.tsx';
import { ReadingChoices } from './reading-choices.tsx';
import { ReminderChoice } from './reminder-choice.tsx';
import { StudyKeyTable } from './study-key-table.tsx';
import { StudySettingsForm } from './study-settings.tsx';

const THEMES: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: 'system', label: msg('Like this device') },
  { value: 'light', label: msg('Light') },
  { value: 'dark', label: msg('Dark') },
];

const KEYS: readonly { readonly value: StudyKeys; readonly label: string; readonly hint: string }[] = [
  { value: 'all', label: msg('All'), hint: msg('Those below.') },
  { value: 'grades', label: msg('1 to 4 only'), hint: msg('Or the keys you chose for the four grades; no other does anything.') },
  {
    value: 'none',
    label: msg('None'),
    hint: msg('For who speaks to the computer, or strikes keys by accident. Everything has its button.'),
  },
];

export function AccountPage({ user }: { user: User }) {
  const chosen = useStore(theme);
  return (
    <Page title={t('Account')} className="page--narrow">
      <h1>{t('Account')}</h1>
      <section className="section" aria-labelledby="you">
        <h2 id="you">{t('You')}</h2>
        <dl className="facts">
          <dt>{t('Username')}</dt>
          <dd>{user.username}</dd>
          <dt>{t('Email')}</dt>
          <dd>{user.email}</dd>
          <dt>{t('Here since')}</dt>
          <dd>{day(user.created_at)}</dd>
        </dl>
        <p>
          <Link href="/account/security">
            {t('Security and data: password, devices, passkeys, API tokens, download, delete')}
          </Link>
        </p>
      </section>
      {user.is_admin && (
        <section className="section" aria-labelledby="administration">
          <h2 id="administration">{t('Administration')}</h2>
          <p>
            <Link href="/people">{t('People')}</Link> · <Link href="/moderation">{t('Moderation')}</Link> ·{' '}
            <Link href="/database">{t('Database')}</Link> · <Link href="/move">{t('Move')}</Link>
          </p>
        </section>
      )}
      <section className="section" aria-labelledby="theme">
        <h2 id="theme">{t('Theme')}</h2>
        <fieldset className="choices" aria-labelledby="theme">
          {THEMES.map(({ value, label }) => (
            <label key={value} className="choice">
              <input type="radio" name="theme" value={value} checked={chosen === value} onChange={() => setTheme(value)} />
              {t(label)}
            </label>
          ))}
        </fieldset>
      </section>
      <section className="section" aria-labelledby="reading">
        <h2 id="reading">{t('Text of cards')}</h2>
        <ReadingChoices />
      </section>
      <section className="section" aria-labelledby="language">
        <h2 id="language">{t('Language')}</h2>
        <LanguageChoice />
      </section>
      <section className="section" aria-labelledby="studying">
        <h2 id="studying">{t('Studying')}</h2>
        <StudySettingsForm />
      </section>
      <section className="section" aria-labelledby="reminders">
        <h2 id="reminders">{t('Reminder')}</h2>
        <ReminderChoice />
      </section>
      <section className="section" aria-labelledby="keys">
        <h2 id="keys">{t('Keys while studying')}</h2>
        <KeysChoice userId={user.id} />
      </section>
      <section className="section" aria-labelledby="leave">
        <h2 id="leave">{t('Sign out')}</h2>
        <SignOut />
      </section>
    </Page>
  );
}

function KeysChoice({ userId }: { userId: number }) {
  const [settings, setSettings] = useState(() => readKeySettings(userId));
  const [isLost, setLost] = useState(false);
  function change(next: KeySettings): void {
    setSettings(next);
    setLost(!keepKeySettings(userId, next));
  }
  return (
    <>
      <fieldset className="choices" aria-labelledby="keys">
        {KEYS.map(({ value, label, hint }) => (
          <label key={value} className="choice">
            <input
              type="radio"
              name="keys"
              value={value}
              checked={settings.keys === value}
              onChange={() => change({ ...settings, keys: value })}
            />
            <span>
              {t(label)}
              <span className="choice__hint">{t(hint)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {settings.keys !== 'none' && <StudyKeyTable settings={settings} onChange={change} />}
      <label className="choice">
        <input
          type="checkbox"
          checked={settings.doesSpaceRate}
          onChange={(event) => change({ ...settings, doesSpaceRate: event.target.checked })}
        />
        {t('Space and Enter show the answer, and then call it good')}
      </label>
      <label className="choice">
        <input
          type="checkbox"
          checked={settings.doesSwipe}
          onChange={(event) => change({ ...settings, doesSwipe: event.target.checked })}
        />
        {t('On a touch screen an answer is swiped: left is Again, right is Good')}
      </label>
      <p className="soft">
        {t('Space, Enter and Ctrl+Z always work. Kept in this browser, for you alone: other devices have their own.')}
      </p>
      <FormFailure message={isLost ? t('This browser keeps nothing for this site: the keys stay as they were.') : undefined} />
    </>
  );
}

function SignOut() {
  const [, navigate] = useLocation();
  const { waiting, isUnkept } = useStore(outbox);
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();

  async function leave(): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await signOut();
      navigate('/sign-in');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
      setBusy(false);
    }
  }

  if (isAsking) {
    return (
      <Confirm
        question={t(
          isUnkept
            ? '{n, plural, one {# answer} other {# answers}} not yet saved. This browser keeps nothing: signing out loses them.'
            : '{n, plural, one {# answer} other {# answers}} not yet saved. Signed out, they stay in this browser until you sign in again.',
          { n: waiting.length },
        )}
        confirm={t('Sign out anyway')}
        cancel={t('Stay')}
        isBusy={isBusy}
        failure={failure}
        onConfirm={() => void leave()}
        onCancel={() => setAsking(false)}
      />
    );
  }
  return (
    <>
      <p className="soft">{t('On this browser. Other devices stay signed in.')}</p>
      <FormFailure message={failure} />
      <button
        type="button"
        className="button"
        aria-disabled={isBusy}
        onClick={() => (waiting.length > 0 ? setAsking(true) : void leave())}
      >
        {t('Sign out')}
      </button>
    </>
  );
}
