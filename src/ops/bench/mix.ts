import { ACTIONS, type Action, DESCRIBED } from './actions.ts';

/** How often each action comes, of a hundred requests. */
export interface Mix {
  readonly shares: Readonly<Record<Action, number>>;
  /** `recorded`: from what a running server has counted; `documented`: the one of the guide. */
  readonly from: 'recorded' | 'documented';
  /** Requests it was counted from. */
  readonly counted: number;
  /** Of the counted requests, the part that no action of the load is like, 0 to 1. */
  readonly leftOut: number;
}

/** Fewer say nothing about what users do. */
const ENOUGH = 1000;

/** Routes that cost as an action does, and count as it. */
const LIKE: readonly (readonly [RegExp, Action])[] = [
  [/^POST \/api\/v1\/study\/review\//, 'answer'],
  [/^GET \/api\/v1\/study\/(queue|session)\//, 'queue'],
  [/^GET \/api\/v1\/decks\/(:deck_id)?$/, 'decks'],
  [/^GET \/api\/v1\/cards\/(:card_id)?$/, 'browse'],
  [/^GET \/api\/v1\/search\//, 'search'],
  [/^GET \/api\/v1\/stats\//, 'statistics'],
  [/^(PUT|PATCH|POST) \/api\/v1\/(cards|notes|decks)\/(:\w+)?$/, 'edit'],
];
/** The installation's own: nobody studies there. */
const NOT_USERS = /^\w+ (none|\/(health|metrics|docs|ready)|\/api\/v1\/(admin|move)\/)/;

const documented = (): Mix => ({
  shares: Object.fromEntries(ACTIONS.map((action) => [action, DESCRIBED[action].share])) as Record<Action, number>,
  from: 'documented',
  counted: 0,
  leftOut: 0,
});

/** The mix of a running server's counts (`requestsIn`), or the documented one where they are missing, few, or without answers. */
export function mixOf(counts: ReadonlyMap<string, number> | undefined): Mix {
  const found = Object.fromEntries(ACTIONS.map((action) => [action, 0])) as Record<Action, number>;
  let all = 0;
  let known = 0;
  for (const [route, count] of counts ?? []) {
    if (NOT_USERS.test(route) || !route.includes(' /api/')) continue;
    all += count;
    const action = LIKE.find(([pattern]) => pattern.test(route))?.[1];
    if (action === undefined) continue;
    found[action] += count;
    known += count;
  }
  if (known < ENOUGH || found.answer === 0) return documented();
  const shares = Object.fromEntries(ACTIONS.map((action) => [action, (100 * found[action]) / known])) as Record<Action, number>;
  return { shares, from: 'recorded', counted: all, leftOut: (all - known) / all };
}

/** Draws an action. */
export function drawAction({ shares }: Mix, random: () => number): Action {
  let left = random() * ACTIONS.reduce((sum, action) => sum + shares[action], 0);
  for (const action of ACTIONS) {
    left -= shares[action];
    if (left < 0) return action;
  }
  return 'answer';
}
