import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter';
import { me } from './api/session.ts';
import type { User } from './api/types.ts';
import { spoken } from './languages/language.ts';
import { t } from './languages/t.ts';
import { returnTo, signInAddress } from './lib/return-to.ts';
import { useStore } from './lib/store.ts';
import { AccountPage } from './pages/account.tsx';
import { DeckPage } from './pages/deck.tsx';
import { DeckSettingsPage } from './pages/deck-settings.tsx';
import { DecksPage } from './pages/decks.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { NewNotePage, NotePage } from './pages/note.tsx';
import { SignInPage, SignUpPage } from './pages/sign-in.tsx';
import { StudyPage } from './pages/study.tsx';
import { LoadFailure, Loading } from './ui/feedback.tsx';
import { LoadBoundary } from './ui/load-boundary.tsx';
import { Page } from './ui/page.tsx';
import { Connection, Header } from './ui/shell.tsx';
import { Toast } from './ui/toast.tsx';
import { useArrival } from './ui/use-arrival.ts';

/** Loaded when they are first wanted: nobody needs them to study. */
const StatisticsPage = lazy(() => import('./pages/statistics.tsx'));
const BrowsePage = lazy(() => import('./pages/browse.tsx'));
const DuplicatesPage = lazy(() => import('./pages/duplicates.tsx'));
const DiscoverPage = lazy(() => import('./pages/discover.tsx'));
const SharedDeckPage = lazy(() => import('./pages/shared-deck.tsx'));
const DeckUpdatesPage = lazy(() => import('./pages/deck-updates.tsx'));
const SuggestionsPage = lazy(() => import('./pages/suggestions.tsx'));
const ResetPasswordPage = lazy(() => import('./pages/reset-password.tsx'));
const ReminderOffPage = lazy(() => import('./pages/reminder-off.tsx'));
const PeoplePage = lazy(() => import('./pages/people.tsx'));
const SecurityPage = lazy(() => import('./pages/security.tsx'));
const ModerationPage = lazy(() => import('./pages/moderation.tsx'));
const ImportPage = lazy(() => import('./pages/import.tsx'));
const ImportCollectionPage = lazy(() => import('./pages/import-collection.tsx'));
const ExportDeckPage = lazy(() => import('./pages/export-deck.tsx'));
const CardHistoryPage = lazy(() => import('./pages/card-history.tsx'));
const MovePage = lazy(() => import('./pages/move.tsx').then(({ MovePage: page }) => ({ default: page })));
const DatabasePage = lazy(() => import('./pages/database.tsx'));
const ExamsPage = lazy(() => import('./pages/exams.tsx'));
const ExamPage = lazy(() => import('./pages/exam.tsx'));
const ExamFormPage = lazy(() => import('./pages/exam-form.tsx'));
const CatchUpPage = lazy(() => import('./pages/catch-up.tsx'));
const CramPage = lazy(() => import('./pages/cram.tsx'));

const later = (title: string, page: ReactNode) => <Later title={title}>{page}</Later>;

function Later({ title, children }: { title: string; children: ReactNode }) {
  const [path] = useLocation();
  return (
    // Another page may be there although this one is not.
    <LoadBoundary key={path} title={title}>
      <Suspense
        fallback={
          <Page title={title}>
            <Loading what={t('Opening {title}', { title })} />
          </Page>
        }
      >
        {children}
      </Suspense>
    </LoadBoundary>
  );
}

const isForGuests = (path: string) => path === '/sign-in' || path === '/sign-up';

export function App() {
  const [path] = useLocation();
  const user = useQuery(me);
  // Every text below is said anew when the language changes.
  useStore(spoken);
  useArrival();
  return (
    <>
      <Header user={user.data ?? undefined} />
      <Connection />
      {path === '/reset-password' ? (
        // For everybody, and the same page after it has ended the login of who uses it.
        later(t('New password'), <ResetPasswordPage />)
      ) : path === '/reminder-off' ? (
        later(t('Reminders'), <ReminderOffPage />)
      ) : user.data === undefined ? (
        <Page title="FlashCase">
          {user.isError ? (
            <LoadFailure what="FlashCase" error={user.error} onRetry={() => void user.refetch()} />
          ) : (
            <Loading what={t('Opening FlashCase')} />
          )}
        </Page>
      ) : user.data === null ? (
        <Guest />
      ) : (
        <Member key={`member ${user.data.id}`} user={user.data} />
      )}
      {user.data != null && <Toast key={user.data.id} />}
    </>
  );
}

function Guest() {
  const [path] = useLocation();
  const search = useSearch();
  if (path === '/sign-in') return <SignInPage />;
  if (path === '/sign-up') return <SignUpPage />;
  return <Redirect to={signInAddress(search === '' ? path : `${path}?${search}`)} replace />;
}

function Member({ user }: { user: User }) {
  const [path] = useLocation();
  const search = useSearch();
  if (isForGuests(path)) return <Redirect to={returnTo(search)} replace />;
  return (
    <Switch>
      <Route path="/">
        <DecksPage />
      </Route>
      <Route path="/account">
        <AccountPage user={user} />
      </Route>
      <Route path="/account/security">{later(t('Security'), <SecurityPage user={user} />)}</Route>
      <Route path="/import">{later(t('Import a collection'), <ImportCollectionPage />)}</Route>
      <Route path="/browse">{later(t('Browse'), <BrowsePage />)}</Route>
      <Route path="/duplicates">{later(t('Duplicates'), <DuplicatesPage />)}</Route>
      <Route path="/statistics">{later(t('Statistics'), <StatisticsPage />)}</Route>
      <Route path="/discover">{later(t('Discover'), <DiscoverPage />)}</Route>
      <Route path="/discover/:id">
        {({ id }) => byId(id, (known) => later(t('Shared deck'), <SharedDeckPage key={known} id={known} />))}
      </Route>
      <Route path="/decks/:id/updates">
        {({ id }) => byId(id, (known) => later(t('Updates'), <DeckUpdatesPage key={known} id={known} />))}
      </Route>
      <Route path="/suggestions">{later(t('Suggestions'), <SuggestionsPage />)}</Route>
      {user.is_admin && <Route path="/people">{later(t('People'), <PeoplePage user={user} />)}</Route>}
      {user.is_admin && <Route path="/moderation">{later(t('Moderation'), <ModerationPage />)}</Route>}
      <Route path="/catch-up">{later(t('Catch up'), <CatchUpPage />)}</Route>
      <Route path="/exams">{later(t('Exams'), <ExamsPage />)}</Route>
      <Route path="/exams/new">{later(t('New exam'), <ExamFormPage key="new" id={undefined} />)}</Route>
      <Route path="/exams/:id">{({ id }) => byId(id, (known) => later(t('Exam'), <ExamPage key={known} id={known} />))}</Route>
      <Route path="/exams/:id/edit">
        {({ id }) => byId(id, (known) => later(t('Change the exam'), <ExamFormPage key={known} id={known} />))}
      </Route>
      <Route path="/exams/:id/cram">
        {({ id }) => byId(id, (known) => later(t('Cram'), <CramPage key={known} scope={{ kind: 'exam', id: known }} />))}
      </Route>
      <Route path="/decks/:id/cram">
        {({ id }) => byId(id, (known) => later(t('Cram'), <CramPage key={known} scope={{ kind: 'deck', id: known }} />))}
      </Route>
      <Route path="/cards/:id/history">
        {({ id }) => byId(id, (known) => later(t('History of a card'), <CardHistoryPage key={known} id={known} />))}
      </Route>
      {user.is_admin && <Route path="/database">{later(t('Database'), <DatabasePage />)}</Route>}
      {user.is_admin && <Route path="/move">{later(t('Move'), <MovePage />)}</Route>}
      <Route path="/decks/:id">{({ id }) => byId(id, (known) => <DeckPage key={known} id={known} />)}</Route>
      <Route path="/decks/:id/settings">{({ id }) => byId(id, (known) => <DeckSettingsPage key={known} id={known} />)}</Route>
      <Route path="/decks/:id/import">
        {({ id }) => byId(id, (known) => later(t('Import cards'), <ImportPage key={known} id={known} />))}
      </Route>
      <Route path="/decks/:id/export">
        {({ id }) => byId(id, (known) => later(t('Export'), <ExportDeckPage key={known} id={known} />))}
      </Route>
      <Route path="/decks/:id/notes/new">{({ id }) => byId(id, (known) => <NewNotePage key={known} deckId={known} />)}</Route>
      <Route path="/notes/:id">{({ id }) => byId(id, (known) => <NotePage key={known} id={known} />)}</Route>
      <Route path="/decks/:id/study">{({ id }) => byId(id, (known) => <StudyPage key={known} id={known} />)}</Route>
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  );
}

/** An address whose id cannot be one names nothing; the server need not be asked. */
function byId(id: string, render: (id: string) => ReactNode): ReactNode {
  return /^\d{1,19}$/.test(id) ? render(id) : <NotFoundPage />;
}
