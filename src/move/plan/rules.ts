import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { FlashcaseError } from '../../errors/index.ts';
import type { Group } from './findings.ts';
import { REMEDIES, type Remedy } from './judge-cell.ts';

/** One reviewed choice: what is done with every row of a table that has this kind of problem in this column. */
export interface Decision {
  readonly table: string;
  readonly column: string;
  readonly kind: string;
  readonly remedy: Remedy;
}

export class Rules {
  readonly #decisions: ReadonlyMap<string, Decision>;
  /** SHA-256 of the decisions in a fixed order: comments and ids do not count. */
  readonly hash: string;

  constructor(decisions: readonly Decision[]) {
    this.#decisions = new Map(decisions.map((decision) => [keyOf(decision), decision]));
    const lines = [...this.#decisions.values()]
      .map(({ table, column, kind, remedy }) => JSON.stringify([table, column, kind, remedy]))
      .sort();
    this.hash = createHash('sha256').update(lines.join('\n')).digest('hex');
  }

  remedyFor(place: { readonly table: string; readonly column: string; readonly kind: string }): Remedy | undefined {
    return this.#decisions.get(keyOf(place))?.remedy;
  }

  get decisions(): readonly Decision[] {
    return [...this.#decisions.values()];
  }
}

const keyOf = ({ table, column, kind }: Omit<Decision, 'remedy'>): string => JSON.stringify([table, column, kind]);

/** What the proposal file holds where the operator has to choose. */
const UNDECIDED = 'undecided';
const FIELDS = new Set(['id', 'table', 'column', 'kind', 'rows', 'remedy']);

interface Problem {
  readonly line: number;
  readonly text: string;
}

function readDecision(entry: YAMLMap, lineOf: (node: unknown) => number, problems: Problem[]): Decision | undefined {
  const values = new Map<string, { text: string; line: number }>();
  for (const pair of entry.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    const line = lineOf(pair.key);
    if (!FIELDS.has(name)) problems.push({ line, text: `${name} is not a field of a decision (${[...FIELDS].join(', ')})` });
    else values.set(name, { text: isScalar(pair.value) ? String(pair.value.value) : '', line: lineOf(pair.value) });
  }
  const missing = ['table', 'column', 'kind', 'remedy'].filter((name) => (values.get(name)?.text ?? '') === '');
  for (const name of missing) problems.push({ line: lineOf(entry), text: `the decision has no ${name}` });
  const remedy = values.get('remedy');
  if (missing.length > 0 || remedy === undefined || remedy.text === UNDECIDED) return undefined;
  if (!(remedy.text in REMEDIES)) {
    problems.push({ line: remedy.line, text: `${remedy.text} is not a remedy (${Object.keys(REMEDIES).join(', ')})` });
    return undefined;
  }
  return {
    table: values.get('table')?.text as string,
    column: values.get('column')?.text as string,
    kind: values.get('kind')?.text as string,
    remedy: remedy.text as Remedy,
  };
}

function fail(file: string, problems: readonly Problem[]): never {
  throw new FlashcaseError('FC_MOVE_RULES_INVALID', {
    what: problems.map(({ line, text }) => `line ${line}: ${text}`).join('; '),
    where: file,
    hint: 'Correct the file; flashcase move plan says which decisions are open.',
    details: { problems },
  });
}

function parse(text: string, file: string): { document: Document.Parsed; decisions: Decision[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineOf = (node: unknown): number => lines.linePos((node as Node | undefined)?.range?.[0] ?? 0).line;
  if (document.errors.length > 0)
    fail(
      file,
      document.errors.map((error) => ({ line: lines.linePos(error.pos[0]).line, text: error.message.split('\n')[0] ?? '' })),
    );
  const problems: Problem[] = [];
  const decisions: Decision[] = [];
  const root = document.contents;
  const list: unknown = isMap(root) ? root.get('decisions') : undefined;
  if (isMap(root) && (root.get('version') as unknown) !== 1) problems.push({ line: 1, text: 'version must be 1' });
  if (isMap(root)) {
    for (const pair of root.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : '';
      if (name !== 'version' && name !== 'decisions')
        problems.push({ line: lineOf(pair.key), text: `${name} is not a field of this file (version, decisions)` });
    }
  }
  if (!isSeq(list)) problems.push({ line: 1, text: 'there is no list named decisions' });
  else {
    const seen = new Map<string, number>();
    for (const item of list.items) {
      if (!isMap(item)) {
        problems.push({ line: lineOf(item), text: 'a decision has the fields table, column, kind and remedy' });
        continue;
      }
      const decision = readDecision(item, lineOf, problems);
      if (decision === undefined) continue;
      const before = seen.get(keyOf(decision));
      if (before !== undefined) problems.push({ line: lineOf(item), text: `the same decision is already on line ${before}` });
      seen.set(keyOf(decision), lineOf(item));
      decisions.push(decision);
    }
  }
  if (problems.length > 0) fail(file, problems);
  return { document, decisions };
}

/** Reads a rules file; `undefined` when there is none. Throws `FC_MOVE_RULES_INVALID` naming each wrong line. */
export function readRules(file: string): Rules | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FlashcaseError('FC_MOVE_RULES_INVALID', {
      what: 'The rules file cannot be read.',
      where: file,
      why: (error as Error).message,
      cause: error,
    });
  }
  return new Rules(parse(text, file).decisions);
}

const HEAD = `# Decisions for "flashcase move run". Written by "flashcase move plan"; read by both.
# Replace each "undecided" by one of the remedies named beside it. Nothing is dropped or changed that is not decided here.
#
${Object.entries(REMEDIES)
  .map(([remedy, about]) => `#   ${remedy.padEnd(18)} ${about}`)
  .join('\n')}
version: 1
decisions:
`;

function entryText(group: Group): string {
  const { examples } = group;
  return [
    `  # ${group.why}. ${examples
      .map((example) => `${example.key}: ${example.shown}`)
      .join('; ')
      .replaceAll('\n', ' ')
      .slice(0, 200)}${group.rows > examples.length ? ' …' : ''}`,
    `  - id: ${group.id}`,
    `    table: ${JSON.stringify(group.table)}`,
    `    column: ${JSON.stringify(group.column)}`,
    `    kind: ${group.kind}`,
    `    rows: ${group.rows}`,
    `    remedy: ${UNDECIDED} # proposed: ${group.remedies[0]}; possible: ${group.remedies.join(', ')}`,
    '',
  ].join('\n');
}

/**
 * Writes the rules file with every open decision as `undecided`, or adds to it those it does not have yet; what is there stays as it is.
 * Returns how many entries were added.
 */
export function proposeRules(file: string, groups: readonly Group[]): number {
  let text: string | undefined;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (text === undefined) {
    if (groups.length > 0) writeFileSync(file, HEAD + groups.map(entryText).join(''), { flag: 'wx' });
    return groups.length;
  }
  const list: unknown = parse(text, file).document.get('decisions');
  const known = new Set(
    isSeq(list)
      ? list.items.map((item) =>
          isMap(item)
            ? keyOf({ table: String(item.get('table')), column: String(item.get('column')), kind: String(item.get('kind')) })
            : '',
        )
      : [],
  );
  const added = groups.filter((group) => !known.has(keyOf(group)));
  if (added.length > 0) writeFileSync(file, `${text.endsWith('\n') ? text : `${text}\n`}${added.map(entryText).join('')}`);
  return added.length;
}
