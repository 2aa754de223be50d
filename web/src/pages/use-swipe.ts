import { type PointerEvent, useEffect, useRef } from 'react';

/** A touch that begins closer to a side of the screen is how phones go back. */
const EDGE_PX = 24;
/** A finger that rests moves less. */
const REST_PX = 12;
/** Of the card's width: what is let go before comes back. */
const FAR = 0.3;

export type SwipeWay = 'left' | 'right';

interface Touch {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  isSwipe: boolean;
}

/** Something under the finger that itself goes sideways, as a wide table. */
function goesSideways(from: EventTarget, upTo: Element): boolean {
  for (let at = from instanceof Element ? from : null; at !== null && at !== upTo; at = at.parentElement)
    if (at.scrollWidth > at.clientWidth && getComputedStyle(at).overflowX !== 'visible') return true;
  return false;
}

const wayOf = (distance: number): SwipeWay => (distance < 0 ? 'left' : 'right');
const isFar = (distance: number, { clientWidth }: HTMLElement): boolean => Math.abs(distance) >= FAR * clientWidth;

/** Where the card is while it is dragged. Not by rendering: a card follows a finger at every frame. */
function show(card: HTMLElement, distance: number | undefined): void {
  if (distance === undefined) {
    delete card.dataset.swipe;
    delete card.dataset.far;
    card.style.removeProperty('--swipe');
    return;
  }
  card.dataset.swipe = wayOf(distance);
  card.dataset.far = String(isFar(distance, card));
  card.style.setProperty('--swipe', `${Math.round(distance)}px`);
}

/** What an element needs to be swiped by a finger while `isOn`; it must leave sideways touches to the page (`touch-action: pan-y`). */
export function useSwipe(isOn: boolean, onSwipe: (way: SwipeWay) => void) {
  const element = useRef<HTMLDivElement>(null);
  const touch = useRef<Touch>(undefined);
  useEffect(() => {
    const card = element.current;
    // Only then: while somebody listens so, the browser asks before it scrolls.
    if (!isOn || card === null) return;
    // A flick that the browser takes for its own makes it swallow the next tap. React's listeners cannot refuse it.
    const keep = (event: TouchEvent) => touch.current?.isSwipe === true && event.cancelable && event.preventDefault();
    card.addEventListener('touchmove', keep, { passive: false });
    return () => {
      card.removeEventListener('touchmove', keep);
      // Graded by a key under the finger, it stands where it was.
      touch.current = undefined;
      show(card, undefined);
    };
  }, [isOn]);
  const end = (card: HTMLElement): void => {
    touch.current = undefined;
    show(card, undefined);
  };
  const touches = {
    onPointerDown({ pointerType, isPrimary, pointerId, clientX, clientY, target, currentTarget }: PointerEvent<HTMLElement>) {
      // A second finger is no swipe, nor is the first one any more.
      end(currentTarget);
      if (pointerType !== 'touch' || !isPrimary) return;
      if (clientX < EDGE_PX || clientX > innerWidth - EDGE_PX || goesSideways(target, currentTarget)) return;
      touch.current = { id: pointerId, x: clientX, y: clientY, isSwipe: false };
    },
    onPointerMove({ pointerId, clientX, clientY, currentTarget }: PointerEvent<HTMLElement>) {
      const begun = touch.current;
      if (begun === undefined || begun.id !== pointerId) return;
      const [across, down] = [clientX - begun.x, clientY - begun.y];
      if (!begun.isSwipe && Math.max(Math.abs(across), Math.abs(down)) < REST_PX) return;
      // Down, or a word that is being marked.
      if (!begun.isSwipe && (Math.abs(across) < 2 * Math.abs(down) || getSelection()?.isCollapsed === false)) end(currentTarget);
      else {
        begun.isSwipe = true;
        show(currentTarget, across);
      }
    },
    onPointerUp({ pointerId, clientX, currentTarget }: PointerEvent<HTMLElement>) {
      const begun = touch.current;
      end(currentTarget);
      if (begun?.isSwipe !== true || begun.id !== pointerId || !isFar(clientX - begun.x, currentTarget)) return;
      navigator.vibrate?.(10);
      onSwipe(wayOf(clientX - begun.x));
    },
    onPointerCancel: ({ currentTarget }: PointerEvent<HTMLElement>) => end(currentTarget),
  };
  return { ref: element, touches: isOn ? touches : {} };
}
