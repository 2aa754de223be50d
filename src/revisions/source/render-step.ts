import type { Change } from '../change.ts';
import type { Step } from '../step.ts';
import { array, type Commented, call, data, type Node, object } from './layout.ts';
import { columnNode, indexParts, names, tableNode, type Use } from './render-table.ts';

/** Words for a person about a step or a change, by the very object. */
export type Notes = ReadonlyMap<Step | Change, readonly string[]>;

export interface StepContext {
  readonly use: Use;
  readonly notes: Notes;
  /** The constant a created table is kept in. */
  readonly tables: ReadonlyMap<Step, string>;
}

const noted = (of: Step | Change, node: Node, notes: Notes): Commented => ({ comments: notes.get(of) ?? [], node });

/** Steps as a list, each with its comment. */
export function stepsNode(steps: readonly Step[], context: StepContext): Node {
  return array(steps.map((step) => noted(step, stepNode(step, context), context.notes)));
}

function stepNode(step: Step, { use, notes, tables }: StepContext): Node {
  switch (step.kind) {
    case 'createTable':
      return call(use('createTable'), tables.get(step) ?? tableNode(step.table, use));
    case 'dropTable':
      return call(use('dropTable'), data(step.name));
    case 'renameTable':
      return call(use('renameTable'), data(step.name), data(step.to));
    case 'alterTable':
      return call(
        use('alterTable'),
        data(step.table),
        ...step.changes.map((change) => noted(change, changeNode(change, use), notes)),
      );
    case 'createView':
      return call(use('createView'), data(step.view));
    case 'dropView':
      return call(use('dropView'), data(step.name));
    case 'backfill': {
      const { kind: _, ...parts } = step;
      return call(use('backfill'), data(parts));
    }
    case 'sql':
      return data(step);
  }
}

function changeNode(change: Change, use: Use): Node {
  const name = 'name' in change ? data(change.name) : '';
  const make = (...args: readonly Node[]): Node => call(use(change.kind), ...args);
  const options = (key: string, text: unknown): Node[] => (text === undefined ? [] : [object([[key, data(text)]])]);
  switch (change.kind) {
    case 'addColumn':
      return make(name, columnNode(change.column, use), ...options('fill', change.fill));
    case 'changeColumn':
      return make(name, columnNode(change.column, use), ...options('using', change.using));
    case 'renameColumn':
    case 'renameIndex':
    case 'renameConstraint':
      return make(name, data(change.to));
    case 'addIndex': {
      const parts = indexParts(change.index);
      if (parts === undefined) return data(change);
      return call(use(change.index.isUnique ? 'addUniqueIndex' : 'addIndex'), data(change.index.name), data(parts));
    }
    case 'addUnique':
      return make(data(change.unique.name), names(change.unique.columns));
    case 'addForeignKey':
      return make(data(change.foreignKey));
    case 'addCheck':
      return make(data(change.check.name), data(change.check.expression));
    case 'changePrimaryKey':
      return make(names(change.columns), ...(change.partitionedKey === undefined ? [] : [names(change.partitionedKey)]));
    case 'addTrigger': {
      const { name: called, ...trigger } = change.trigger;
      return make(data(called), data(trigger));
    }
    case 'changeComment':
      return make(...(change.comment === undefined ? [] : [data(change.comment)]));
    case 'dropColumn':
    case 'dropIndex':
    case 'dropUnique':
    case 'dropForeignKey':
    case 'dropCheck':
    case 'dropTrigger':
      return make(name);
  }
}
