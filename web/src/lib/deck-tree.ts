import type { DeckNode } from '../api/deck-tree.ts';
import { lasting } from './storage.ts';

/** A deck, or a heading, with what stands below it. */
export interface TreeItem {
  readonly node: DeckNode;
  /** By ids alone: names of decks do not stay in a browser after their student has signed out. */
  readonly key: string;
  readonly items: readonly TreeItem[];
  /** Decks below it, headings aside. */
  readonly below: number;
}

/** One that is still being put together. */
interface Open extends TreeItem {
  readonly items: Open[];
  below: number;
}

/** The server's list, each deck right before what is below it, as a tree. */
export function treeOf(nodes: readonly DeckNode[]): TreeItem[] {
  const top: Open[] = [];
  const path: Open[] = [];
  for (const [at, node] of nodes.entries()) {
    const item: Open = { node, key: keyAt(nodes, at), items: [], below: 0 };
    path.length = Math.min(path.length, node.depth);
    if (node.deck !== null) for (const upper of path) upper.below += 1;
    (path.at(-1)?.items ?? top).push(item);
    path.push(item);
  }
  return top;
}

/** A heading has no id: it goes by the first deck below it. */
function keyAt(nodes: readonly DeckNode[], at: number): string {
  const { deck, depth } = nodes[at] as DeckNode;
  if (deck !== null) return String(deck.id);
  return `${nodes.slice(at).find((node) => node.deck !== null)?.deck?.id ?? 0}.${depth}`;
}

/** More than this is not unfolded until somebody asks for it. */
const MOST_UNFOLDED = 60;
/** What was folded longest ago is forgotten first. */
const MOST_KEPT = 1000;
const keyOf = (userId: number | undefined): string => `flashcase.folds.${userId ?? 0}`;

/** What was folded and unfolded by hand, by keys of the tree. */
export type Folds = Readonly<Record<string, boolean>>;

export function readFolds(userId: number | undefined): Folds {
  try {
    return Object.fromEntries(JSON.parse(lasting.read(keyOf(userId)) ?? '[]') as [string, boolean][]);
  } catch {
    return {};
  }
}

/** Keeps in this browser that something is open or folded, in every tree. */
export function keepFold(userId: number | undefined, key: string, isOpen: boolean): void {
  const others = Object.entries(readFolds(userId)).filter(([one]) => one !== key);
  lasting.write(keyOf(userId), JSON.stringify([...others, [key, isOpen]].slice(-MOST_KEPT)));
}

export const isUnfolded = (folds: Folds, key: string, nodes: number): boolean => folds[key] ?? nodes <= MOST_UNFOLDED;
