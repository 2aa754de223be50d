import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { isReachable } from '../api/client.ts';
import { dismissRefused, outbox, sendNow } from '../api/outbox.ts';
import type { User } from '../api/types.ts';
import { useStore } from '../lib/store.ts';
import { count } from '../lib/text.ts';
import type { Refused } from '../offline/database.ts';
import { newVersion, takeNewVersion } from '../offline/shell.ts';
import { KeptDecks } from './kept-decks.tsx';

export function Header({ user }: { user?: User | undefined }) {
  const [path] = useLocation();
  const here = (address: string) => (path === address ? 'page' : undefined);
  return (
    <header className="header">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="header__row">
        <Link href="/" className="brand">
          <img src="/logo.svg" alt="" width="28" height="28" />
          FlashCase
        </Link>
        {user !== undefined && (
          <nav className="header__nav" aria-label="Main">
            <Link href="/" aria-current={here('/')}>
              Decks
            </Link>
            <Link href="/browse" aria-current={here('/browse')}>
              Browse
            </Link>
            <Link href="/discover" aria-current={here('/discover')}>
              Discover
            </Link>
            <Link href="/statistics" aria-current={here('/statistics')}>
              Statistics
            </Link>
            <Link href="/account" aria-current={here('/account')}>
              Account
            </Link>
            {user.is_admin && (
              <Link href="/database" aria-current={here('/database')}>
                Database
              </Link>
            )}
            {user.is_admin && (
              <Link href="/move" aria-current={here('/move')}>
                Move
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
    message = `${count(waiting.length, 'answer')} not yet saved. ${
      isUnkept
        ? 'This browser keeps nothing: do not close this page before they are.'
        : 'Kept in this browser and sent again by itself.'
    }`;
  } else if (!isThere) {
    message = 'The server does not answer. Nothing you typed is lost.';
  }
  return (
    <div className="connection" role="status">
      {message !== undefined && (
        <p className="connection__line">
          <span>{message}</span>
          <button type="button" className="button button--small" onClick={retry}>
            Try now
          </button>
        </p>
      )}
      {!isThere && <KeptDecks />}
      {/* Loading anew would lose what is in this page's memory only. */}
      {newer !== undefined && !isUnkept && (
        <p className="connection__line connection__line--news">
          <span>A new version of FlashCase is there.</span>
          <button type="button" className="button button--small" onClick={takeNewVersion}>
            Reload
          </button>
        </p>
      )}
      {timeless > 0 && (
        <p className="connection__line">
          <span>
            The clock of this device is wrong: {count(timeless, 'answer was', 'answers were')} saved as given when they arrived.
          </span>
          <button type="button" className="button button--small" onClick={() => void dismissRefused()}>
            Close
          </button>
        </p>
      )}
      {refused.length > 0 && (
        <p className="connection__line connection__line--danger">
          <span>
            {count(refused.length, 'answer')} could not be saved: {[...new Set(refused.map(inWords))].join(' ')}
          </span>
          <button type="button" className="button button--small" onClick={() => void dismissRefused()}>
            Close
          </button>
        </p>
      )}
    </div>
  );
}
