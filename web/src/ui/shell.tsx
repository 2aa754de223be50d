import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { isReachable } from '../api/client.ts';
import { dismissRefused, outbox, sendNow } from '../api/outbox.ts';
import type { User } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { useStore } from '../lib/store.ts';
import type { Refused } from '../offline/database.ts';
import { newVersion, takeNewVersion } from '../offline/shell.ts';
import { KeptDecks } from './kept-decks.tsx';

export function Header({ user }: { user?: User | undefined }) {
  const [path] = useLocation();
  const here = (address: string) => (path === address ? 'page' : undefined);
  return (
    <header className="header">
      <a className="skip" href="#main">
        {t('Skip to content')}
      </a>
      <div className="header__row">
        <Link href="/" className="brand">
          <img src="/logo.svg" alt="" width="28" height="28" />
          FlashCase
        </Link>
        {user !== undefined && (
          <nav className="header__nav" aria-label={t('Main')}>
            <Link href="/" aria-current={here('/')}>
              {t('Decks')}
            </Link>
            <Link href="/browse" aria-current={here('/browse')}>
              {t('Browse')}
            </Link>
            <Link href="/discover" aria-current={here('/discover')}>
              {t('Discover')}
            </Link>
            <Link href="/statistics" aria-current={here('/statistics')}>
              {t('Statistics')}
            </Link>
            <Link href="/account" aria-current={here('/account')}>
              {t('Account')}
            </Link>
            {user.is_admin && (
              <Link href="/database" aria-current={here('/database')}>
                {t('Database')}
              </Link>
            )}
            {user.is_admin && (
              <Link href="/move" aria-current={here('/move')}>
                {t('Move')}
              </Link>
            )}
          </nav>
        )}
      </div>
    </header>
  );
}

const inWords = ({ message, front }: Refused): string => (front === undefined ? message : `${message} (“${front}”)`);

/** Says that something has not reached the server, what happens to it, and how to try again. */
export function Connection() {
  const client = useQueryClient();
  const isThere = useStore(isReachable);
  const { waiting, isDelayed, isUnkept, refused, timeless } = useStore(outbox);
  const newer = useStore(newVersion);
  const isWaiting = isDelayed && waiting.length > 0;

  function retry(): void {
    sendNow();
    void client.refetchQueries({ predicate: ({ state }) => state.status === 'error' || state.fetchFailureCount > 0 });
    void client.refetchQueries({ queryKey: ['me'] });
  }

  let message: ReactNode;
  if (isWaiting) {
    message = isUnkept
      ? t(
          '{n, plural, one {# answer} other {# answers}} not yet saved. This browser keeps nothing: do not close this page before they are.',
          { n: waiting.length },
        )
      : t('{n, plural, one {# answer} other {# answers}} not yet saved. Kept in this browser and sent again by itself.', {
          n: waiting.length,
        });
  } else if (!isThere) {
    message = t('The server does not answer. Nothing you typed is lost.');
  }
  return (
    <div className="connection" role="status">
      {message !== undefined && (
        <p className="connection__line">
          <span>{message}</span>
          <button type="button" className="button button--small" onClick={retry}>
            {t('Try now')}
          </button>
        </p>
      )}
      {!isThere && <KeptDecks />}
      {/* Loading anew would lose what is in this page's memory only. */}
      {newer !== undefined && !isUnkept && (
        <p className="connection__line connection__line--news">
          <span>{t('A new version of FlashCase is there.')}</span>
          <button type="button" className="button button--small" onClick={takeNewVersion}>
            {t('Reload')}
          </button>
        </p>
      )}
      {timeless > 0 && (
        <p className="connection__line">
          <span>
            {t(
              'The clock of this device is wrong: {n, plural, one {# answer was} other {# answers were}} saved as given when they arrived.',
              { n: timeless },
            )}
          </span>
          <button type="button" className="button button--small" onClick={() => void dismissRefused()}>
            {t('Close')}
          </button>
        </p>
      )}
      {refused.length > 0 && (
        <p className="connection__line connection__line--danger">
          <span>
            {t('{n, plural, one {# answer} other {# answers}} could not be saved: {why}', {
              n: refused.length,
              why: [...new Set(refused.map(inWords))].join(' '),
            })}
          </span>
          <button type="button" className="button button--small" onClick={() => void dismissRefused()}>
            {t('Close')}
          </button>
        </p>
      )}
    </div>
  );
}
