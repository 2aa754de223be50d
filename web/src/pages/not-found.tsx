import { Link } from 'wouter';
import { Page } from '../ui/page.tsx';

export function NotFoundPage({ what = 'page' }: { what?: 'page' | 'deck' | 'card' | 'note' | 'exam' }) {
  return (
    <Page title="Not found" className="page--narrow">
      <h1>There is no such {what}</h1>
      <p className="lead">
        {(what === 'deck' || what === 'note') && 'It was deleted, or its owner has made it private.'}
        {what === 'card' && 'It was deleted, or the owner of its deck has made it private.'}
        {what === 'exam' && 'It was deleted, or it is somebody else’s.'}
        {what === 'page' && 'The address may be mistyped, or the page has moved.'}
      </p>
      <p>
        <Link href="/" className="button button--primary">
          Go to your decks
        </Link>
      </p>
    </Page>
  );
}
