import type { Revision } from '../revision.ts';
import type { Step } from '../step.ts';
import { constantFor, revisionConstant } from './identifier.ts';
import { data, expanded, type Node, print } from './layout.ts';
import type { Library } from './library.ts';
import { type Notes, stepsNode } from './render-step.ts';
import { tableNode } from './render-table.ts';

export interface RenderOptions {
  readonly library: Library;
  /** Comments above steps and changes. */
  readonly notes?: Notes;
  /** Lines of comment above the revision. */
  readonly about?: readonly string[];
  /** The revisions a squash replaces: the constants that hold them, and the files these are in. */
  readonly replaced?: readonly { readonly constant: string; readonly id: string; readonly from: string }[];
}

const STEPS = new Set(['createTable', 'dropTable', 'renameTable', 'alterTable', 'createView', 'dropView', 'backfill']);
const SCHEMA = new Set(['table', 'generatedId', 'int32', 'int64', 'float64', 'boolean', 'text', 'timestamp', 'bytes']);

/**
 * A revision as the TypeScript file a person would write: builders instead of data, its own copy of each table it makes, laid out as the
 * formatter wants it. Imported, the file gives the same revision again.
 */
export function renderRevision(revision: Revision, options: RenderOptions): string {
  const { library, notes = new Map(), about = [], replaced = [] } = options;
  const used = new Set<string>();
  const use = (name: string): string => {
    used.add(name);
    return name;
  };
  const taken = new Set([...STEPS, ...SCHEMA, ...CHANGES, 'Revision', 'Table']);
  const locals = replaced.map(({ constant, id: oldId, from }) => {
    const local = constantFor(taken.has(constant) ? `${constant}${oldId}` : constant, 'revision', taken);
    return { local, imported: local === constant ? constant : `${constant} as ${local}`, from };
  });
  const constant = revisionConstant(revision.name, taken);

  const tables = new Map<Step, string>();
  const copies: string[] = [];
  for (const step of [...revision.upgrade, ...(typeof revision.downgrade === 'string' ? [] : revision.downgrade)]) {
    if (step.kind !== 'createTable') continue;
    const called = constantFor(step.table.name, 'table', taken);
    tables.set(step, called);
    const node = tableNode(step.table, use);
    const head = `const ${called}${typeof node === 'object' && node.kind === 'call' ? '' : `: ${useTable(use)}`} = `;
    copies.push(`${head}${print(node, 0, head.length, 1)};\n`);
  }
  const context = { use, notes, tables };
  const { id, name, upgrade, downgrade, isTransactional, contracts, ignores, replaces } = revision;
  const way = (steps: readonly Step[] | string): Node => (typeof steps === 'string' ? data(steps) : stepsNode(steps, context));
  const body = expanded([
    ['id', data(id)],
    ['name', data(name)],
    ['upgrade', way(upgrade)],
    ['downgrade', way(downgrade)],
    ['isTransactional', isTransactional === undefined ? undefined : data(isTransactional)],
    ['contracts', contracts === undefined ? undefined : data(contracts)],
    ['ignores', ignores === undefined ? undefined : data(ignores)],
    ['replaces', replaces === undefined ? undefined : data(replaces)],
    ['replaced', locals.length === 0 ? undefined : { kind: 'array', items: locals.map((entry) => entry.local) }],
  ]);
  const head = `export const ${constant}: Revision = `;
  const list = (names: ReadonlySet<string>): string[] => [...used].filter((wanted) => names.has(wanted)).toSorted();
  const wanted = new Map<string, string[]>();
  // An installed package has one entry for several of these.
  const want = (names: readonly string[], from: string): void => {
    wanted.set(from, [...(wanted.get(from) ?? []), ...names]);
  };
  want(list(CHANGES), library.path('revisions/change'));
  want(['type Revision'], library.path('revisions/revision'));
  want(list(STEPS), library.path('revisions/step'));
  want([...list(SCHEMA), ...(used.has('Table') ? ['type Table'] : [])], library.path('schema/index'));
  const imports = [
    ...[...wanted].map(([from, names]) => importLine(names.toSorted(byName), from)),
    ...locals.map((entry) => importLine([entry.imported], entry.from)),
  ].filter((line) => line !== '');
  return [
    imports.join(''),
    ...copies,
    `${about.map((line) => `// ${line}\n`).join('')}${head}${print(body, 0, head.length, 1)};\n`,
  ].join('\n');
}

const useTable = (use: (name: string) => string): string => use('Table');
const byName = (a: string, b: string): number =>
  a.replace('type ', '').toLowerCase() < b.replace('type ', '').toLowerCase() ? -1 : 1;

const CHANGES = new Set([
  'addColumn',
  'dropColumn',
  'renameColumn',
  'changeColumn',
  'addIndex',
  'addUniqueIndex',
  'dropIndex',
  'renameIndex',
  'addUnique',
  'dropUnique',
  'addForeignKey',
  'dropForeignKey',
  'addCheck',
  'dropCheck',
  'renameConstraint',
  'changePrimaryKey',
  'addTrigger',
  'dropTrigger',
  'changeComment',
]);

function importLine(names: readonly string[], from: string): string {
  const [only] = names;
  if (only === undefined) return '';
  if (names.length === 1 && only.startsWith('type ')) return `import type { ${only.slice('type '.length)} } from '${from}';\n`;
  const line = `import { ${names.join(', ')} } from '${from}';\n`;
  return line.length <= 131 ? line : `import {\n${names.map((name) => `  ${name},\n`).join('')}} from '${from}';\n`;
}
