import { lazy, Suspense } from 'react';
import { Link } from 'wouter';
import { type DeckNode, type DeckPlace, studyAddress } from '../api/deck-tree.ts';
import type { Deck } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { courseOf } from '../lib/text.ts';
import { DeckTree } from '../ui/deck-tree.tsx';

/** Only for decks that are shared or follow one. */
const FollowedDeck = lazy(() => import('./deck-sharing.tsx').then(({ FollowedDeck }) => ({ default: FollowedDeck })));
const HiddenNotice = lazy(() => import('./deck-sharing.tsx').then(({ HiddenNotice }) => ({ default: HiddenNotice })));

/** The way up: all decks, then those that this one is below. */
export function Above({ above }: { above: DeckPlace['above'] }) {
  return (
    <nav className="back" aria-label={t('Decks above this one')}>
      <ol className="crumbs">
        <li className="crumbs__step">
          <Link href="/">{t('← Decks')}</Link>
        </li>
        {above.map(({ id, name }, depth) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a level is its depth.
          <li key={depth} className="crumbs__step">
            {id === null ? <span>{name}</span> : <Link href={`/decks/${id}`}>{name}</Link>}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** What stands below a deck, each with what it has to study. */
export function Below({ nodes }: { nodes: readonly DeckNode[] }) {
  if (nodes.length === 0) return null;
  return (
    <section className="section" aria-labelledby="below">
      <h2 id="below">{t('Decks below')}</h2>
      <DeckTree nodes={nodes.map((node) => ({ ...node, depth: node.depth - 1 }))} label={t('Decks below')} />
    </section>
  );
}

/** Where decks are below one, it is studied with them; alone, too, where it has something of its own. */
function StudyLinks({ deck, place }: { deck: Deck; place: DeckPlace | undefined }) {
  const hasBelow = (place?.nodes.length ?? 0) > 1;
  const total = hasBelow ? place?.nodes[0]?.total : undefined;
  const due = total?.due_count ?? deck.due_count;
  const cards = total?.card_count ?? deck.card_count;
  if (due === 0) return cards > 0 && <p className="soft">{t('Nothing is due today.')}</p>;
  return (
    <>
      <Link href={studyAddress(deck.id, hasBelow)} className="button button--primary">
        {t('Study {duecount, plural, one {# card} other {# cards}}', { duecount: due })}
      </Link>
      {hasBelow && deck.due_count > 0 && deck.due_count < due && (
        <Link href={studyAddress(deck.id, false)} className="button">
          {t('This deck alone: {duecount, plural, one {# card} other {# cards}}', { duecount: deck.due_count })}
        </Link>
      )}
    </>
  );
}

/** What a deck is, and what can be done with it. */
export function DeckHead({ deck, place }: { deck: Deck; place: DeckPlace | undefined }) {
  const about = courseOf(deck);
  return (
    <div className="deck-head">
      <h1>{place?.nodes[0]?.name ?? deck.name}</h1>
      {about !== '' && <p className="soft">{about}</p>}
      {deck.description !== null && deck.description !== '' && <p className="deck-head__description">{deck.description}</p>}
      {deck.is_owner && deck.hidden_at !== null && (
        <Suspense>
          <HiddenNotice deck={deck} />
        </Suspense>
      )}
      {deck.is_owner && (
        <Suspense>
          <FollowedDeck deckId={deck.id} />
        </Suspense>
      )}
      <div className="actions">
        <StudyLinks deck={deck} place={place} />
        {deck.card_count > 0 && (
          <>
            <Link href={`/decks/${deck.id}/cram`} className="button">
              {t('Cram')}
            </Link>
            <Link href={`/exams/new?deck=${deck.id}`} className="button">
              {t('Plan an exam')}
            </Link>
          </>
        )}
        {deck.is_owner && (
          <>
            <Link href={`/decks/${deck.id}/notes/new`} className="button">
              {t('Add notes')}
            </Link>
            <Link href={`/decks/${deck.id}/import`} className="button">
              {t('Import cards')}
            </Link>
          </>
        )}
        {(place?.nodes[0]?.total.card_count ?? deck.card_count) > 0 && (
          <Link href={`/decks/${deck.id}/export`} className="button">
            {t('Export')}
          </Link>
        )}
        {deck.is_owner && (
          <Link href={`/decks/${deck.id}/settings`} className="button">
            {t('Deck settings')}
          </Link>
        )}
      </div>
      {!deck.is_owner && (
        <p className="soft">
          {t('Shared by somebody else. You can study it; your progress is your own.')}{' '}
          {deck.is_public && <Link href={`/discover/${deck.id}`}>{t('Copy or follow it')}</Link>}
        </p>
      )}
    </div>
  );
}
