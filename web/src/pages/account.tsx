import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError } from '../api/client.ts';
import { outbox } from '../api/outbox.ts';
import { signOut } from '../api/session.ts';
import type { User } from '../api/types.ts';
import { useStore } from '../lib/store.ts';
import { type KeySettings, keepKeySettings, readKeySettings, type StudyKeys } from '../lib/study-keys.ts';
import { count, day } from '../lib/text.ts';
import { setTheme, type Theme, theme } from '../lib/theme.ts';
import { Confirm, FormFailure } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { ReadingChoices } from './reading-choices.tsx';
import { ReminderChoice } from './reminder-choice.tsx';
import { StudyKeyTable } from './study-key-table.tsx';
import { StudySettingsForm } from './study-settings.tsx';

const THEMES: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: 'system', label: 'Like this device' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

const KEYS: readonly { readonly value: StudyKeys; readonly label: string; readonly hint: string }[] = [
  { value: 'all', label: 'All', hint: 'Those below.' },
  { value: 'grades', label: '1 to 4 only', hint: 'Or the keys you chose for the four grades; no other does anything.' },
  {
    value: 'none',
    label: 'None',
    hint: 'For who speaks to the computer, or strikes keys by accident. Everything has its button.',
  },
];

export function AccountPage({ user }: { user: User }) {
  const chosen = useStore(theme);
  return (
    <Page title="Account" className="page--narrow">
      <h1>Account</h1>
      <section className="section" aria-labelledby="you">
        <h2 id="you">You</h2>
        <dl className="facts">
          <dt>Username</dt>
          <dd>{user.username}</dd>
          <dt>Email</dt>
          <dd>{user.email}</dd>
          <dt>Here since</dt>
          <dd>{day(user.created_at)}</dd>
        </dl>
        <p>
          <Link href="/account/security">Security and data: password, devices, passkeys, API tokens, download, delete</Link>
        </p>
      </section>
      {user.is_admin && (
        <section className="section" aria-labelledby="administration">
          <h2 id="administration">Administration</h2>
          <p>
            <Link href="/people">People</Link> · <Link href="/moderation">Moderation</Link> ·{' '}
            <Link href="/database">Database</Link> · <Link href="/move">Move</Link>
          </p>
        </section>
      )}
      <section className="section" aria-labelledby="theme">
        <h2 id="theme">Theme</h2>
        <fieldset className="choices" aria-labelledby="theme">
          {THEMES.map(({ value, label }) => (
            <label key={value} className="choice">
              <input type="radio" name="theme" value={value} checked={chosen === value} onChange={() => setTheme(value)} />
              {label}
            </label>
          ))}
        </fieldset>
      </section>
      <section className="section" aria-labelledby="reading">
        <h2 id="reading">Text of cards</h2>
        <ReadingChoices />
      </section>
      <section className="section" aria-labelledby="studying">
        <h2 id="studying">Studying</h2>
        <StudySettingsForm />
      </section>
      <section className="section" aria-labelledby="reminders">
        <h2 id="reminders">Reminder</h2>
        <ReminderChoice />
      </section>
      <section className="section" aria-labelledby="keys">
        <h2 id="keys">Keys while studying</h2>
        <KeysChoice userId={user.id} />
      </section>
      <section className="section" aria-labelledby="leave">
        <h2 id="leave">Sign out</h2>
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
              {label}
              <span className="choice__hint">{hint}</span>
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
        Space and Enter show the answer, and then call it good
      </label>
      <p className="soft">
        Space, Enter and Ctrl+Z always work. Kept in this browser, for you alone: other devices have their own.
      </p>
      <FormFailure message={isLost ? 'This browser keeps nothing for this site: the keys stay as they were.' : undefined} />
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
        question={`${count(waiting.length, 'answer')} not yet saved. ${
          isUnkept
            ? 'This browser keeps nothing: signing out loses them.'
            : 'Signed out, they stay in this browser until you sign in again.'
        }`}
        confirm="Sign out anyway"
        cancel="Stay"
        isBusy={isBusy}
        failure={failure}
        onConfirm={() => void leave()}
        onCancel={() => setAsking(false)}
      />
    );
  }
  return (
    <>
      <p className="soft">On this browser. Other devices stay signed in.</p>
      <FormFailure message={failure} />
      <button
        type="button"
        className="button"
        aria-disabled={isBusy}
        onClick={() => (waiting.length > 0 ? setAsking(true) : void leave())}
      >
        Sign out
      </button>
    </>
  );
}
