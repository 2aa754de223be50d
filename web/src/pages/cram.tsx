import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useEffectEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/client.ts';
import { type CramAnswer, type CramScope, cramRound, sendCram } from '../api/exams.ts';
import { ownerOfOutbox, randomKey } from '../api/outbox.ts';
import type { CramCard } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { answerCram, beginCram, type Cram, leftToCram, weakTopics } from '../lib/cram-round.ts';
import { isTyping } from '../lib/keys.ts';
import { actionOf, gradeOfAction, isOn, type KeyAction, keysOf, readKeySettings, shownKey } from '../lib/study-keys.ts';
import { percent } from '../lib/text.ts';
import { serverNow } from '../offline/server-clock.ts';
import { CardFace } from '../ui/card-face.tsx';
import { DataTable } from '../ui/chart.tsx';
import { LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { NotFoundPage } from './not-found.tsx';
import '../styles/stats.css';

/** A second Space or tap right after the first must not grade an answer nobody has read. */
const GUARD_MS = 200;

export default function CramPage({ scope }: { scope: CramScope }) {
  const [round, setRound] = useState(0);
  const [chosen, setChosen] = useState<readonly CramCard[]>();
  const queue = useQuery(cramRound(scope, round));
  // Here, not in the round: the next round must not forget what the one before could not send.
  const log = useCramLog();
  if (queue.error instanceof ApiError && queue.error.status === 404) return <NotFoundPage kind={scope.kind} />;
  return (
    <Page title={t('Cram')} className="page--study">
      {queue.data !== undefined ? (
        <CramRound
          key={`${round} ${chosen === undefined}`}
          scope={scope}
          log={log}
          cards={chosen ?? queue.data.cards}
          total={queue.data.total}
          onAgain={(cards) => {
            setChosen(cards);
            setRound(round + 1);
          }}
        />
      ) : queue.isError ? (
        <LoadFailure what={t('The cards')} error={queue.error} onRetry={() => void queue.refetch()} />
      ) : (
        <Loading what={t('Loading cards')} />
      )}
    </Page>
  );
}

const placeOf = ({ kind, id }: CramScope): string => `/${kind}s/${id}`;

interface RoundProps {
  readonly scope: CramScope;
  readonly log: CramLog;
  readonly cards: readonly CramCard[];
  readonly total: number;
  /** Another round: with these cards, or with all of them. */
  onAgain(cards: readonly CramCard[] | undefined): void;
}

function CramRound({ scope, log, cards, total, onAgain }: RoundProps) {
  const [cram, setCram] = useState<Cram>(() => beginCram(cards));
  const [isRevealed, setRevealed] = useState(false);
  const [isStopped, setStopped] = useState(false);
  const [news, setNews] = useState('');
  const [keys] = useState(() => readKeySettings(ownerOfOutbox()));
  const changedAt = useRef(Number.NEGATIVE_INFINITY);
  const shownAt = useRef(performance.now());
  const question = useRef<HTMLHeadingElement>(null);
  const answerHeading = useRef<HTMLHeadingElement>(null);
  const card = isStopped ? undefined : cram.current;
  const left = leftToCram(cram);
  const isTooSoon = () => performance.now() - changedAt.current < GUARD_MS;
  const keyOf = (action: KeyAction): string | undefined => {
    const [first] = keysOf(keys, action);
    return first === undefined || !isOn(keys, action) ? undefined : shownKey(first);
  };

  function reveal(): void {
    if (card === undefined || isRevealed || isTooSoon()) return;
    changedAt.current = performance.now();
    setRevealed(true);
  }

  function grade(isKnown: boolean): void {
    if (card === undefined || !isRevealed || isTooSoon()) return;
    changedAt.current = performance.now();
    log.add({
      cardId: card.id,
      grade: isKnown ? 3 : 1,
      answeredAt: new Date(serverNow()).toISOString(),
      durationMs: Math.round(performance.now() - shownAt.current),
      key: randomKey(),
      userId: ownerOfOutbox(),
    });
    const after = answerCram(cram, isKnown);
    setCram(after);
    setRevealed(false);
    setNews(
      isKnown ? t('Got it. {left} left.', { left: leftToCram(after) }) : t('Forgot. {left} left.', { left: leftToCram(after) }),
    );
  }

  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.repeat || event.isComposing || event.defaultPrevented || card === undefined) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (isTyping(target)) return;
    if (event.key === ' ' || event.key === 'Enter') {
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest('a, button, summary') !== null) return;
      event.preventDefault();
      if (!isRevealed) reveal();
      else if (keys.doesSpaceRate) grade(true);
      return;
    }
    const action = actionOf(event, keys);
    const given = action === undefined ? undefined : gradeOfAction(action);
    if (given === undefined || !isRevealed) return;
    event.preventDefault();
    grade(given > 1);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn is the event, its value is not needed.
  useEffect(() => {
    window.scrollTo(0, 0);
    shownAt.current = performance.now();
    question.current?.focus({ preventScroll: true });
  }, [cram.turn]);
  useEffect(() => {
    if (isRevealed) answerHeading.current?.focus();
  }, [isRevealed]);

  const unsent = <Unsent log={log} />;
  if (card === undefined) return <CramEnd scope={scope} cram={cram} unsent={unsent} onAgain={onAgain} />;
  return (
    <>
      <div className="study-head">
        <h1 className="study-head__deck">{t('Cram')}</h1>
        <div className="study-head__tools">
          <button type="button" className="button button--small" onClick={() => setStopped(true)}>
            {t('Stop')}
          </button>
        </div>
        <p className="study-head__counts">
          {t('{left} of {cards, plural, one {# card} other {# cards}} left', { left, cards: cards.length })}
          {cards.length < total && t(', the weakest of {total, number}', { total })}
        </p>
        <p className="study-head__left">{t('Changes no date')}</p>
        <progress
          className="study-head__bar"
          value={cards.length - left}
          max={Math.max(1, cards.length)}
          aria-label={t('Known')}
        />
      </div>
      {unsent}
      <div className="study-card" data-start>
        <h2 className="study-card__label" ref={question} tabIndex={-1}>
          {cram.isAgain ? t('Question, once more') : t('Question')}
        </h2>
        <CardFace text={card.front} cardId={card.id} html={card.front_html} className="card-text--reading" />
        {isRevealed && (
          <div className="study-card__answer">
            <h2 className="study-card__label" ref={answerHeading} tabIndex={-1}>
              {t('Answer')}
            </h2>
            <CardFace text={card.back} cardId={card.id} html={card.back_html} className="card-text--reading" />
          </div>
        )}
      </div>
      <p className="visually-hidden" role="status">
        {news}
      </p>
      <div className="study-bar">
        {!isRevealed ? (
          <button type="button" className="button button--primary study-bar__reveal" onClick={reveal}>
            {rich('Show answer <kbd>Space</kbd>', { kbd: (text) => <kbd>{text}</kbd> })}
          </button>
        ) : (
          <div className="grades grades--repeat">
            <CramButton name={t('Forgot')} kind="again" character={keyOf('again')} onGrade={() => grade(false)} />
            <CramButton name={t('Got it')} kind="good" character={keyOf('hard')} onGrade={() => grade(true)} />
          </div>
        )}
      </div>
    </>
  );
}

interface CramButtonProps {
  readonly name: string;
  readonly kind: 'again' | 'good';
  /** Its key as it is written on it, if any. */
  readonly character: string | undefined;
  onGrade(): void;
}

function CramButton({ name, kind, character, onGrade }: CramButtonProps) {
  return (
    <button
      type="button"
      className={`grade grade--${kind}${kind === 'good' ? ' grade--default' : ''}`}
      aria-keyshortcuts={character}
      onClick={onGrade}
    >
      {name}
      {character !== undefined && (
        <span className="grade__key" aria-hidden="true">
          <kbd>{character}</kbd>
        </span>
      )}
    </button>
  );
}

interface CramLog {
  /** Answers that the server has not acknowledged. */
  readonly waiting: readonly CramAnswer[];
  readonly failure: string | undefined;
  add(answer: CramAnswer): void;
  retry(): void;
}

/** Sends answers one after the other; what could not be sent waits, and is told, for as long as the page is open. */
function useCramLog(): CramLog {
  const [waiting, setWaiting] = useState<readonly CramAnswer[]>([]);
  const [failure, setFailure] = useState<string>();
  const kept = useRef<CramAnswer[]>([]);
  const isSending = useRef(false);

  async function send(): Promise<void> {
    if (isSending.current) return;
    isSending.current = true;
    try {
      for (let next = kept.current[0]; next !== undefined; next = kept.current[0]) {
        await sendCram(next);
        kept.current = kept.current.slice(1);
        setWaiting(kept.current);
      }
      setFailure(undefined);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
      // A card that is gone meanwhile must not hold up the others; a login that ended is no reason to forget an answer.
      if (!error.isTransient && error.status !== 401) kept.current = kept.current.slice(1);
      setWaiting(kept.current);
    } finally {
      isSending.current = false;
    }
  }

  return {
    waiting,
    failure,
    add(answer) {
      kept.current = [...kept.current, answer];
      setWaiting(kept.current);
      void send();
    },
    retry: () => void send(),
  };
}

function Unsent({ log: { waiting, failure, retry } }: { log: CramLog }) {
  return (
    <div role="alert">
      {failure !== undefined && (
        <div className="notice notice--danger">
          <p>
            {waiting.length > 0
              ? t('{waiting, plural, one {# answer} other {# answers}} not logged yet. ', { waiting: waiting.length })
              : t('An answer was not logged. ')}
            {failure}
          </p>
          {waiting.length > 0 && (
            <button type="button" className="button" onClick={retry}>
              {t('Try again')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

interface EndProps {
  readonly scope: CramScope;
  readonly cram: Cram;
  readonly unsent: ReactNode;
  onAgain(cards: readonly CramCard[] | undefined): void;
}

/** What was crammed, weakest topics first. */
function CramEnd({ scope, cram, unsent, onAgain }: EndProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const topics = weakTopics(cram);
  const asked = cram.firstTry.size;
  const failed = [...cram.firstTry].filter(([, isKnown]) => !isKnown).map(([card]) => card);
  return (
    <div className="study-end" data-start>
      <h1 ref={heading} tabIndex={-1}>
        {asked === 0 ? t('Nothing to cram') : t('Crammed')}
      </h1>
      <p className="lead">
        {asked === 0
          ? t('There is no card here that could be asked.')
          : t('You knew {known} of {asked, plural, one {# card} other {# cards}} at the first try.', {
              known: asked - failed.length,
              asked,
            })}
      </p>
      {unsent}
      {topics.length > 0 && (
        <section aria-labelledby="weak">
          <h2 id="weak">{t('Weakest first')}</h2>
          <DataTable
            caption={t('What you knew at the first try, weakest first')}
            head={[t('Topic'), t('Cards'), t('Known'), t('Share')]}
            rows={topics.map(({ name, asked: cards, known }) => [name, cards, known, percent(known / cards)])}
          />
        </section>
      )}
      {asked > 0 && <p className="soft">{t('Your schedule and your statistics are as they were.')}</p>}
      <div className="actions">
        {failed.length > 0 && (
          <button type="button" className="button button--primary" onClick={() => onAgain(failed)}>
            {t('Once more: {failed, plural, one {# card} other {# cards}} you forgot', { failed: failed.length })}
          </button>
        )}
        {asked > 0 && (
          <button type="button" className="button" onClick={() => onAgain(undefined)}>
            {t('Begin again')}
          </button>
        )}
        <Link href={placeOf(scope)} className="button">
          {scope.kind === 'deck' ? t('To the deck') : t('To the exam')}
        </Link>
      </div>
    </div>
  );
}
