import { addColumnRules } from './add-column.ts';
import { changeColumnRules } from './change-column.ts';
import { contractRules } from './contract.ts';
import { crossEngineRules } from './cross-engine.ts';
import { dataLossRules } from './data-loss.ts';
import { indexAndConstraintRules } from './indexes-and-constraints.ts';
import { rawSqlRules } from './raw-sql.ts';
import { sqlRowRules } from './sql-rows.ts';
import { sqliteRebuildRules } from './sqlite-rebuild.ts';
import { wayDownRules } from './way-down.ts';

/** Every rule. A new one needs an unsafe and a safe example in test/revisions/lint-examples.ts before it compiles. */
export const rules = [
  ...addColumnRules,
  ...changeColumnRules,
  ...indexAndConstraintRules,
  ...contractRules,
  ...rawSqlRules,
  ...sqlRowRules,
  ...crossEngineRules,
  ...sqliteRebuildRules,
  ...dataLossRules,
  ...wayDownRules,
] as const;

export type RuleId = (typeof rules)[number]['id'];
