import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useId, useMemo, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError, api, dataOf } from '../api/client.ts';
import { type DeckNode, studyAddress } from '../api/deck-tree.ts';
import { ownerOfOutbox } from '../api/outbox.ts';
import type { Deck } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { type Folds, isUnfolded, keepFold, readFolds, type TreeItem, treeOf } from '../lib/deck-tree.ts';
import { courseOf } from '../lib/text.ts';
import { FormFailure } from './feedback.tsx';

/** Steps to the right: a phone has no room for more. */
const MOST_STEPS = 5;

interface Folding {
  /** Something is below something: names stand below each other with room for the buttons. */
  readonly isNested: boolean;
  isOpen(key: string): boolean;
  fold(key: string, isOpen: boolean): void;
}

/** Decks below each other, each with what it has to study with all below it. Lists in lists, with a button to fold: links and buttons stay what they are. */
export function DeckTree({ nodes, label }: { nodes: readonly DeckNode[]; label: string }) {
  const items = useMemo(() => treeOf(nodes), [nodes]);
  const [folds, setFolds] = useState<Folds>(() => readFolds(ownerOfOutbox()));
  const folding: Folding = {
    isNested: items.some((item) => item.items.length > 0),
    isOpen: (key) => isUnfolded(folds, key, nodes.length),
    fold(key, isOpen) {
      setFolds({ ...folds, [key]: isOpen });
      keepFold(ownerOfOutbox(), key, isOpen);
    },
  };
  return <Level items={items} folding={folding} className="list" label={label} />;
}

interface LevelProps {
  readonly items: readonly TreeItem[];
  readonly folding: Folding;
  readonly className: string;
  readonly label: string;
  readonly id?: string;
}

function Level({ items, folding, label, ...list }: LevelProps) {
  return (
    <ul {...list} aria-label={label}>
      {items.map((item) => (
        <Branch key={item.key} item={item} folding={folding} />
      ))}
    </ul>
  );
}

function Branch({ item, folding }: { item: TreeItem; folding: Folding }) {
  const id = useId();
  const { node, key, items, below } = item;
  const label = t('Decks below {name}', { name: node.name });
  const isOpen = items.length > 0 && folding.isOpen(key);
  return (
    <li>
      <div className="deck-row deck-tree__row">
        {items.length > 0 ? (
          <button
            type="button"
            className="deck-tree__fold"
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            aria-label={label}
            onClick={() => folding.fold(key, !isOpen)}
            onKeyDown={(event) => {
              if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
              event.preventDefault();
              folding.fold(key, event.key === 'ArrowRight');
            }}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M6 3.5 10.5 8 6 12.5" />
            </svg>
          </button>
        ) : (
          folding.isNested && <span className="deck-tree__gap" />
        )}
        {node.deck === null ? (
          <HeadingRow node={node} below={below} />
        ) : (
          <DeckRow deck={node.deck} name={node.name} cards={node.total.card_count} due={node.total.due_count} below={below} />
        )}
      </div>
      {isOpen && (
        <Level
          id={id}
          items={items}
          folding={folding}
          className={node.depth < MOST_STEPS ? 'deck-tree__level deck-tree__level--further' : 'deck-tree__level'}
          label={label}
        />
      )}
    </li>
  );
}

const aboutOf = (cards: number, below: number): string =>
  [
    t('{n, plural, one {# card} other {# cards}}', { n: cards }),
    ...(below === 0 ? [] : [t('{n, plural, one {# deck below} other {# decks below}}', { n: below })]),
  ].join(' · ');

interface DeckRowProps {
  readonly deck: Deck;
  readonly name: string;
  readonly cards: number;
  readonly due: number;
  /** Decks below it, that are counted with it. */
  readonly below: number;
}

/** A deck in a list: what it is called there, what it has, and the way to study it. */
export function DeckRow({ deck, name, cards, due, below }: DeckRowProps) {
  const course = courseOf(deck);
  return (
    <>
      <div className="deck-row__main">
        <Link href={`/decks/${deck.id}`} className="deck-row__name">
          {name}
        </Link>
        <p className="deck-row__about">
          {aboutOf(cards, below)}
          {deck.is_owner && deck.is_public && (deck.hidden_at === null ? t(' · public') : t(' · hidden by a moderator'))}
          {course !== '' && ` · ${course}`}
        </p>
      </div>
      {due > 0 ? (
        <Link href={studyAddress(deck.id, below > 0)} className="button deck-row__study">
          <StudyLabel name={name} due={due} />
        </Link>
      ) : (
        <Rest cards={cards} />
      )}
    </>
  );
}

/** A level that decks below it have in their names. It is studied like a deck, and is one from then on. */
function HeadingRow({ node, below }: { node: DeckNode; below: number }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const { card_count: cards, due_count: due } = node.total;

  async function study(): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      const deck = await dataOf(api.POST('/api/v1/decks/', { body: { name: node.path } }));
      void client.invalidateQueries({ queryKey: ['decks'] });
      navigate(studyAddress(deck.id, true));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
      setBusy(false);
    }
  }

  return (
    <>
      <div className="deck-row__main">
        <p className="deck-row__name">{node.name}</p>
        <p className="deck-row__about">{aboutOf(cards, below)}</p>
        <FormFailure message={failure} />
      </div>
      {due > 0 ? (
        <button type="button" className="button deck-row__study" aria-disabled={isBusy} onClick={() => isBusy || void study()}>
          <StudyLabel name={node.name} due={due} />
        </button>
      ) : (
        <Rest cards={cards} />
      )}
    </>
  );
}

const StudyLabel = ({ name, due }: { name: string; due: number }): ReactNode =>
  rich('Study<hidden> {name}, </hidden><span>{duecount, number}</span><hidden> due</hidden>', {
    name,
    hidden: (text) => <span className="visually-hidden">{text}</span>,
    duecount: due,
    span: (text) => <span className="number">{text}</span>,
  });

const Rest = ({ cards }: { cards: number }) => (
  <span className="deck-row__rest">{cards === 0 ? t('Empty') : t('Nothing due')}</span>
);
