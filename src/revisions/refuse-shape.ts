import { FlashcaseError } from '../errors/index.ts';
import type { Change } from './change.ts';
import type { Revision } from './revision.ts';
import type { Step } from './step.ts';

/** The parts that something has, and those that it may have. */
type Parts = readonly [has: readonly string[], mayHave?: readonly string[]];

const REVISION: Parts = [
  ['id', 'name', 'upgrade', 'downgrade'],
  // `notes`: what autogenerate gives may be run without being written first.
  ['isTransactional', 'contracts', 'ignores', 'replaces', 'replaced', 'notes'],
];
const STEPS: Readonly<Record<Step['kind'], Parts>> = {
  createTable: [['table']],
  dropTable: [['name']],
  renameTable: [['name', 'to']],
  alterTable: [['table', 'changes']],
  createView: [['view']],
  dropView: [['name']],
  sql: [['about', 'sqlite', 'postgres']],
  backfill: [['about', 'table', 'set', 'where'], ['batchRows']],
};
const CHANGES: Readonly<Record<Change['kind'], Parts>> = {
  addColumn: [['name', 'column'], ['fill']],
  dropColumn: [['name']],
  renameColumn: [['name', 'to']],
  changeColumn: [['name', 'column'], ['using']],
  addIndex: [['index']],
  dropIndex: [['name']],
  renameIndex: [['name', 'to']],
  addUnique: [['unique']],
  dropUnique: [['name']],
  addForeignKey: [['foreignKey']],
  dropForeignKey: [['name']],
  addCheck: [['check']],
  dropCheck: [['name']],
  renameConstraint: [['name', 'to']],
  changePrimaryKey: [['columns'], ['partitionedKey']],
  addTrigger: [['trigger']],
  dropTrigger: [['name']],
  changeComment: [[], ['comment']],
};

const judged = new WeakSet<Revision>();

/**
 * Sees to it that a revision says what it means: Node runs a revision file without looking at its types, and a word that nobody knows would
 * be passed over. Throws `FC_REVISION_INVALID` naming the file and the part.
 */
export function refuseShape(revision: Revision): void {
  if (judged.has(revision)) return;
  const wrong =
    wrongIn(revision, 'the revision', REVISION) ??
    (![undefined, false].includes(revision.isTransactional) ? 'isTransactional is false, or left out' : undefined) ??
    [...revision.upgrade, ...(typeof revision.downgrade === 'string' ? [] : revision.downgrade)]
      .map(wrongInStep)
      .find((found) => found !== undefined);
  if (wrong !== undefined) {
    throw new FlashcaseError('FC_REVISION_INVALID', {
      what: `Revision ${revision.id} ${revision.name} is not written as a revision is: ${wrong}.`,
      where: `${revision.id}-${revision.name.replaceAll('_', '-')}.ts`,
      hint: 'Correct the file; nothing was changed.',
      details: { revision: revision.id },
    });
  }
  judged.add(revision);
}

function wrongInStep(step: Step): string | undefined {
  const about = `the step ${named(step)}`;
  const wrong = wrongKind(step, STEPS) ?? wrongIn(step, about, STEPS[step.kind], 'kind');
  if (wrong === undefined && step.kind === 'sql')
    return isTexts(step.sqlite) && isTexts(step.postgres) ? undefined : `${about} has not a list of statements for each engine`;
  if (wrong === undefined && oneEngineIn(step, about) !== undefined) return oneEngineIn(step, about);
  if (wrong !== undefined || step.kind !== 'alterTable') return wrong;
  if (!Array.isArray(step.changes as unknown)) return `the changes of ${about} are no list`;
  return step.changes
    .map(
      (change) =>
        wrongKind(change, CHANGES) ?? wrongIn(change, `the change ${change.kind} of ${step.table}`, CHANGES[change.kind], 'kind'),
    )
    .find((found) => found !== undefined);
}

const named = (step: Step | undefined): string => (step !== undefined && 'about' in step ? `"${step.about}"` : `${step?.kind}`);

function wrongKind(part: { readonly kind: string } | undefined, known: Readonly<Record<string, Parts>>): string | undefined {
  return part !== undefined && part !== null && Object.hasOwn(known, part.kind)
    ? undefined
    : `there is no ${known === STEPS ? 'step' : 'change'} of the kind ${part?.kind}`;
}

function wrongIn(value: object, about: string, [has, mayHave = []]: Parts, ...also: readonly string[]): string | undefined {
  const missing = has.find((key) => (value as Record<string, unknown>)[key] === undefined);
  if (missing !== undefined) return `${about} has no ${missing}`;
  const unknown = Object.keys(value).find((key) => ![...has, ...mayHave, ...also].includes(key));
  return unknown === undefined ? undefined : `${about} has a part ${unknown}, which there is not`;
}

/** A text that is given by engine is given for both. */
function oneEngineIn(value: unknown, about: string, key?: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { sqlite, postgres } = value as { sqlite?: unknown; postgres?: unknown };
  const given = [sqlite, postgres].filter((text) => typeof text === 'string').length;
  // What `set` has are columns, whatever they are called.
  if (key !== 'set' && given === 1) return `a text in ${about} is not given for both engines, { sqlite: '…', postgres: '…' }`;
  return Object.entries(value)
    .map(([inner, part]) => oneEngineIn(part, about, inner))
    .find((found) => found !== undefined);
}

const isTexts = (texts: unknown): boolean => Array.isArray(texts) && texts.every((text) => typeof text === 'string');
