import { Command } from 'commander';
import { addAdopt } from './adopt.ts';
import { addCheck } from './check.ts';
import { addCurrent } from './current.ts';
import { addDowngrade } from './downgrade.ts';
import { addInspect } from './inspect.ts';
import { addLint } from './lint.ts';
import { addPlan } from './plan.ts';
import { addRepair } from './repair.ts';
import { addStamp } from './stamp.ts';
import { addUpgrade } from './upgrade.ts';

/** `flashcase db`: one file a command, in the order in which they are needed. */
export function db(): Command {
  const command = new Command('db').description('Create, change, check and adopt the database.');
  const commands = [addLint, addPlan, addUpgrade, addDowngrade, addCurrent, addCheck, addInspect, addStamp, addRepair, addAdopt];
  for (const add of commands) add(command);
  return command;
}
