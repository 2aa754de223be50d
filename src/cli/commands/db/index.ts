import { Command } from 'commander';
import { addAdopt } from './adopt.ts';
import { addCheck } from './check.ts';
import { addCurrent } from './current.ts';
import { addDowngrade } from './downgrade.ts';
import { addInspect } from './inspect.ts';
import { addRepair } from './repair.ts';
import { addStamp } from './stamp.ts';
import { addUpgrade } from './upgrade.ts';

/** `flashcase db`: one file a command, in the order in which they are needed. */
export function db(): Command {
  const command = new Command('db').description('Create, upgrade, adopt and check the database.');
  for (const add of [addUpgrade, addDowngrade, addCurrent, addCheck, addInspect, addStamp, addRepair, addAdopt]) add(command);
  return command;
}
