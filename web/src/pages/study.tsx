import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { api, body, type RequestFailed, type StudyCard } from '../api/client.ts';
import { outbox } from '../api/outbox.ts';
import { Failure, Loading } from '../parts.tsx';

/**
 * Grades to SM-2 qualities. The original's buttons sent 0, 2, 3 and 5: its "Hard" was a failure that threw a card back to one day, and
 * its "Good" lowered the ease each time.
 */
const GRADES = [
  { name: 'Again', quality: 0, className: 'again' },
  { name: 'Hard', quality: 3, className: 'hard' },
  { name: 'Good', quality: 4, className: 'good' },
  { name: 'Easy', quality: 5, className: 'easy' },
] as const;
const GOOD = 2;

/** A second Space right after the first must not grade a card nobody has read. */
const GUARD_MS = 200;
const SESSION = 100;

/** How many cards of the queue were answered; a card answered Again comes back at its end. */
interface Progress {
  readonly queue: readonly StudyCard[];
  readonly answered: number;
  readonly right: number;
}

export function StudyPage({ id }: { id: number }) {
  const client = useQueryClient();
  const cards = useQuery<StudyCard[], RequestFailed>({
    queryKey: ['study', id],
    queryFn: () =>
      body(api.GET('/api/v1/study/session/{deck_id}', { params: { path: { deck_id: String(id) }, query: { limit: SESSION } } })),
    // The queue of a session is fixed when it starts: a refetch in the middle would show answered cards again.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  useEffect(
    () => () => {
      for (const queryKey of [['decks'], ['deck', id]]) void client.invalidateQueries({ queryKey });
    },
    [client, id],
  );
  if (cards.isPending) return <Loading />;
  if (cards.isError) return <Failure error={cards.error} onRetry={() => void cards.refetch()} />;
  if (cards.data.length === 0) return <End id={id} answered={0} right={0} onAgain={undefined} />;
  return <Session id={id} cards={cards.data} onAgain={() => void cards.refetch()} />;
}

function Session({ id, cards, onAgain }: { id: number; cards: readonly StudyCard[]; onAgain: () => void }) {
  const [{ queue, answered, right }, setProgress] = useState<Progress>({ queue: cards, answered: 0, right: 0 });
  const [revealedAt, setRevealedAt] = useState<number>();
  const good = useRef<HTMLButtonElement>(null);
  const card = queue[answered];
  const isRevealed = revealedAt !== undefined;

  const reveal = useCallback(() => setRevealedAt((at) => at ?? performance.now()), []);
  const grade = useCallback(
    (index: number) => {
      const chosen = GRADES[index];
      if (card === undefined || chosen === undefined || revealedAt === undefined || performance.now() - revealedAt < GUARD_MS)
        return;
      outbox.add(card.id, chosen.quality);
      setProgress((before) => ({
        queue: chosen.quality < 3 ? [...before.queue, card] : before.queue,
        answered: before.answered + 1,
        right: before.right + (chosen.quality < 3 ? 0 : 1),
      }));
      setRevealedAt(undefined);
    },
    [card, revealedAt],
  );

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const target = event.target as HTMLElement;
      if (target.closest('input, textarea, select, [contenteditable], a') !== null) return;
      const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code)?.[1];
      if (event.key === ' ' || event.key === 'Enter') {
        // A focused grade button is pressed by its own key.
        if (isRevealed && target instanceof HTMLButtonElement && target.dataset.grade !== undefined) return;
        event.preventDefault();
        if (isRevealed) grade(GOOD);
        else reveal();
      } else if (digit !== undefined && isRevealed) {
        event.preventDefault();
        grade(Number(digit) - 1);
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [grade, reveal, isRevealed]);

  useEffect(() => {
    if (isRevealed) good.current?.focus({ preventScroll: true });
  }, [isRevealed]);

  if (card === undefined) return <End id={id} answered={answered} right={right} onAgain={onAgain} />;
  return (
    <div className="study">
      <div className="progress">
        <span>{queue.length - answered} left</span>
        <progress value={answered} max={queue.length} aria-label="Cards answered" />
        <Link href={`/decks/${id}`}>Stop</Link>
      </div>
      <article className="card" aria-label="Card">
        <div className="front">{card.front}</div>
        {isRevealed && (
          <>
            <hr />
            <div className="back">{card.back}</div>
          </>
        )}
      </article>
      <p className="visually-hidden" aria-live="polite">
        {isRevealed ? `Answer. ${card.back}` : ''}
      </p>
      <div className="grades">
        {isRevealed ? (
          GRADES.map(({ name, className }, index) => (
            <button
              key={name}
              type="button"
              data-grade={index}
              className={className}
              ref={index === GOOD ? good : undefined}
              onClick={() => grade(index)}
            >
              {name} <kbd>{index + 1}</kbd>
            </button>
          ))
        ) : (
          <button type="button" className="primary reveal" onClick={reveal}>
            Show answer <kbd>Space</kbd>
          </button>
        )}
      </div>
    </div>
  );
}

function End({
  id,
  answered,
  right,
  onAgain,
}: {
  id: number;
  answered: number;
  right: number;
  onAgain: (() => void) | undefined;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="end">
      <h1 ref={heading} tabIndex={-1}>
        {answered === 0 ? 'Nothing is due' : 'Done'}
      </h1>
      <p className="lead">
        {answered === 0
          ? 'Every card of this deck rests until its time comes.'
          : `${answered} ${answered === 1 ? 'answer' : 'answers'}, ${Math.round((100 * right) / answered)} % right.`}
      </p>
      <p className="actions">
        <Link href="/" className="button primary">
          Back to your decks
        </Link>
        {onAgain !== undefined && (
          <button type="button" onClick={onAgain}>
            Look for more
          </button>
        )}
        <Link href={`/decks/${id}`}>See the cards</Link>
      </p>
    </div>
  );
}
