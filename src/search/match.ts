import { PLACES, tagToken } from './document.ts';
import type { QueryNode, TextNode } from './query.ts';
import { tokenOf } from './words.ts';

/** What a document must hold, in tokens: each engine's own full-text query is written from it. */
export type Match =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Match[] }
  | { readonly kind: 'not'; readonly part: Match }
  | { readonly kind: 'row'; readonly tokens: readonly string[]; readonly isPrefix: boolean };

const placesOf = ({ side }: TextNode, onlyFront: boolean): string[] =>
  side !== undefined ? [PLACES[side]] : onlyFront ? [PLACES.front] : [PLACES.front, PLACES.back, PLACES.note];

/**
 * A query about words and tags only, as full text asks it; `undefined` for any other, and for one that says only what must not be there,
 * which no full-text index can answer.
 * @param onlyFront words of no named side stand on the front
 */
export function matchOf(node: QueryNode, onlyFront = false): Match | undefined {
  switch (node.kind) {
    case 'text': {
      const rows = placesOf(node, onlyFront).map(
        (place): Match => ({ kind: 'row', tokens: node.words.map((word) => place + tokenOf(word)), isPrefix: node.isPrefix }),
      );
      return rows.length === 1 ? rows[0] : { kind: 'any', parts: rows };
    }
    case 'tag':
      return { kind: 'row', tokens: [tagToken(node.name)], isPrefix: node.isPrefix };
    case 'any': {
      const parts = node.parts.map((part) => matchOf(part, onlyFront));
      return parts.every((part) => part !== undefined) ? { kind: 'any', parts } : undefined;
    }
    case 'all': {
      const parts = node.parts.map((part): Match | undefined => {
        if (part.kind !== 'not') return matchOf(part, onlyFront);
        // What must not be there must not be anywhere.
        const refused = matchOf(part.part);
        return refused && { kind: 'not', part: refused };
      });
      return parts.every((part) => part !== undefined) && parts.some(({ kind }) => kind !== 'not')
        ? { kind: 'all', parts }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** The parts that must all hold. */
export const partsOf = (node: QueryNode): QueryNode[] => (node.kind === 'all' ? node.parts.flatMap(partsOf) : [node]);

/** True where words of no named side are asked, which may stand on the front or elsewhere. */
export function asksAnySide(node: QueryNode): boolean {
  if (node.kind === 'text') return node.side === undefined;
  return (node.kind === 'all' || node.kind === 'any') && node.parts.some(asksAnySide);
}

/** For SQLite's FTS5. Tokens are letters and digits: nothing in them has a meaning there. */
export function toFts5(match: Match): string {
  switch (match.kind) {
    case 'row':
      return `"${match.tokens.join(' ')}"${match.isPrefix ? ' *' : ''}`;
    case 'any':
      return `(${match.parts.map(toFts5).join(' OR ')})`;
    case 'all': {
      const wanted = match.parts.filter(({ kind }) => kind !== 'not').map(toFts5);
      const refused = match.parts.flatMap((part) => (part.kind === 'not' ? [toFts5(part.part)] : []));
      const all = wanted.length === 1 ? (wanted[0] as string) : `(${wanted.join(' AND ')})`;
      return refused.length === 0 ? all : `(${all} NOT (${refused.join(' OR ')}))`;
    }
    case 'not':
      throw new Error('FTS5 cannot say what is not there without saying what is');
  }
}

/** For PostgreSQL's `tsquery`. */
export function toTsquery(match: Match): string {
  switch (match.kind) {
    case 'row': {
      const last = match.tokens.length - 1;
      const row = match.tokens.map((token, at) => `'${token}'${match.isPrefix && at === last ? ':*' : ''}`).join(' <-> ');
      return last === 0 ? row : `(${row})`;
    }
    case 'not':
      return `!(${toTsquery(match.part)})`;
    default:
      return `(${match.parts.map(toTsquery).join(match.kind === 'all' ? ' & ' : ' | ')})`;
  }
}
