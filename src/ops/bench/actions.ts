/** What people do, as the load does it. */
export const ACTIONS = ['answer', 'queue', 'decks', 'browse', 'search', 'statistics', 'edit'] as const;
export type Action = (typeof ACTIONS)[number];

/** A value for each action. */
export const perAction = <T>(value: (action: Action) => T): Record<Action, T> =>
  Object.fromEntries(ACTIONS.map((action) => [action, value(action)])) as Record<Action, T>;

/** One person of the load: what they may ask about. */
export interface Student {
  readonly token: string;
  readonly deckIds: readonly string[];
  readonly cardIds: readonly string[];
  /** Cards that stand for themselves: changing one changes no other. */
  readonly ownCardIds: readonly string[];
}

export interface LoadRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: string;
  /** Of an answer: the same request sent again would be counted once. */
  readonly key?: string;
}

interface Described {
  /** The pattern of its route, as `/metrics` names it. */
  readonly route: string;
  readonly about: string;
  readonly isWrite: boolean;
  /** Of a hundred requests, where no server has counted what its users do. */
  readonly share: number;
}

const API = '/api/v1';

/** Every action with its route. The shares: a page asks for a queue every few answers, and for lists, searches and statistics between sittings. */
export const DESCRIBED: Readonly<Record<Action, Described>> = {
  answer: { route: `POST ${API}/study/review/:card_id`, about: 'answer a card', isWrite: true, share: 50 },
  queue: { route: `GET ${API}/study/queue/:deck_id`, about: 'what to study now', isWrite: false, share: 12 },
  decks: { route: `GET ${API}/decks/`, about: 'list of decks', isWrite: false, share: 8 },
  browse: { route: `GET ${API}/cards/`, about: 'cards of a deck', isWrite: false, share: 8 },
  search: { route: `GET ${API}/search/`, about: 'search', isWrite: false, share: 6 },
  statistics: { route: `GET ${API}/stats/today`, about: 'statistics of the day', isWrite: false, share: 8 },
  edit: { route: `PUT ${API}/cards/:card_id`, about: 'change a card', isWrite: true, share: 8 },
};

const WORDS = ['rule', 'case', 'promise', 'consideration', 'deck:current OR rule', 'is:due', 'reliance'];

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T;

/** Letters and digits in the form of a UUID. */
function keyFrom(random: () => number): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}

/** The request of an action by a student. What is drawn depends on `random` alone, so that both sides are asked the same. */
export function requestOf(action: Action, student: Student, random: () => number): LoadRequest {
  switch (action) {
    case 'answer':
      return {
        method: 'POST',
        path: `${API}/study/review/${pick(student.cardIds, random)}`,
        body: `{"quality":${random() < 0.12 ? 1 : random() < 0.2 ? 3 : 4}}`,
        key: keyFrom(random),
      };
    case 'queue':
      return { method: 'GET', path: `${API}/study/queue/${pick(student.deckIds, random)}?limit=20` };
    case 'decks':
      return { method: 'GET', path: `${API}/decks/` };
    case 'browse':
      return { method: 'GET', path: `${API}/cards/?deck_id=${pick(student.deckIds, random)}&limit=50` };
    case 'search':
      return { method: 'GET', path: `${API}/search/?q=${encodeURIComponent(pick(WORDS, random))}&limit=50` };
    case 'statistics':
      return { method: 'GET', path: `${API}/stats/today` };
    case 'edit': {
      const body = JSON.stringify({ back: `Changed, ${Math.floor(random() * 1e9)}.` });
      return { method: 'PUT', path: `${API}/cards/${pick(student.ownCardIds, random)}`, body };
    }
  }
}

/** Who has no card that stands for itself changes none. */
export const canDo = (action: Action, student: Student): boolean => action !== 'edit' || student.ownCardIds.length > 0;
