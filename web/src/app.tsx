import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { api, body, RequestFailed, type User } from './api/client.ts';
import { outbox } from './api/outbox.ts';
import { AccountPage } from './pages/account.tsx';
import { DeckPage } from './pages/deck.tsx';
import { DecksPage } from './pages/decks.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { StudyPage } from './pages/study.tsx';
import { Failure, Loading } from './parts.tsx';

export function App() {
  const me = useQuery<User, RequestFailed>({ queryKey: ['me'], queryFn: () => body(api.GET('/api/v1/auth/me')) });
  const client = useQueryClient();
  // Any refused login anywhere brings the sign-in page, and the address stays for the way back.
  useEffect(
    () =>
      client.getQueryCache().subscribe(({ query }) => {
        if (query.queryKey[0] !== 'me' && query.state.error instanceof RequestFailed && query.state.error.status === 401) {
          void client.invalidateQueries({ queryKey: ['me'] });
        }
      }),
    [client],
  );
  if (me.isPending) return <Loading />;
  if (me.isError && me.error.status !== 401) {
    return (
      <main className="narrow">
        <Failure error={me.error} onRetry={() => void me.refetch()} />
      </main>
    );
  }
  if (me.isError) return <SignInPage />;
  return <SignedIn user={me.data} />;
}

function SignedIn({ user }: { user: User }) {
  const [path] = useLocation();
  const isStudying = path.endsWith('/study');
  useEffect(() => void outbox.flush(), []);
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className={isStudying ? 'top quiet' : 'top'}>
        <Link href="/" className="brand">
          FlashCase
        </Link>
        <nav aria-label="Main">
          <Link href="/account">{user.username}</Link>
        </nav>
      </header>
      <Unsaved />
      <main id="content">
        <Switch>
          <Route path="/">
            <DecksPage />
          </Route>
          <Route path="/account">
            <AccountPage user={user} />
          </Route>
          <Route path="/decks/:id">{({ id }) => <DeckPage key={id} id={Number(id)} />}</Route>
          <Route path="/decks/:id/study">{({ id }) => <StudyPage key={id} id={Number(id)} />}</Route>
          <Route>
            <h1>There is no such page</h1>
            <p>
              <Link href="/">Back to your decks</Link>
            </p>
          </Route>
        </Switch>
      </main>
    </>
  );
}

/** Says when answers wait for the connection; a moment of sending is not worth a word. */
function Unsaved() {
  const count = useSyncExternalStore(outbox.subscribe, outbox.count);
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (count === 0) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), 1500);
    return () => clearTimeout(timer);
  }, [count]);
  return (
    <div role="status" className="unsaved">
      {isLate &&
        count > 0 &&
        `${count} ${count === 1 ? 'answer is' : 'answers are'} not saved yet. They are kept here and sent by themselves.`}
    </div>
  );
}
