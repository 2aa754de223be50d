import { Link } from 'wouter';
import { msg, t } from '../languages/t.ts';
import { Page } from '../ui/page.tsx';

const MISSING = {
  page: msg('There is no such page'),
  deck: msg('There is no such deck'),
  card: msg('There is no such card'),
  note: msg('There is no such note'),
  exam: msg('There is no such exam'),
} as const;

export function NotFoundPage({ kind = 'page' }: { kind?: keyof typeof MISSING }) {
  return (
    <Page title={t('Not found')} className="page--narrow">
      <h1>{t(MISSING[kind])}</h1>
      <p className="lead">
        {(kind === 'deck' || kind === 'note') && t('It was deleted, or its owner has made it private.')}
        {kind === 'card' && t('It was deleted, or the owner of its deck has made it private.')}
        {kind === 'exam' && t('It was deleted, or it is somebody else’s.')}
        {kind === 'page' && t('The address may be mistyped, or the page has moved.')}
      </p>
      <p>
        <Link href="/" className="button button--primary">
          {t('Go to your decks')}
        </Link>
      </p>
    </Page>
  );
}
