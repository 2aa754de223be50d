import { Command } from 'commander';
import { addAdopt } from './adopt.ts';
import { addCheck } from './check.ts';
import { addCurrent } from './current.ts';
import { addDiff } from './diff.ts';
import { addDistribute } from './distribute.ts';
import { addDowngrade } from './downgrade.ts';
import { addExplain } from './explain.ts';
import { addFinish } from './finish.ts';
import { addHeads } from './heads.ts';
import { addHistory } from './history.ts';
import { addInit } from './init.ts';
import { addInspect } from './inspect.ts';
import { addLint } from './lint.ts';
import { addMaintain } from './maintain.ts';
import { addPartition } from './partition.ts';
import { addPlan } from './plan.ts';
import { addRebase } from './rebase.ts';
import { addRepair } from './repair.ts';
import { addRevision } from './revision.ts';
import { addShow } from './show.ts';
import { addSquash } from './squash.ts';
import { addStamp } from './stamp.ts';
import { addUndo } from './undo.ts';
import { addUpgrade } from './upgrade.ts';

/** `flashcase db`: one file a command, in the order in which they are needed. */
export function db(): Command {
  const command = new Command('db').description('Create, change, check and adopt the database.');
  const commands = [
    addInit,
    addRevision,
    addDiff,
    addLint,
    addPlan,
    addUpgrade,
    addDowngrade,
    addUndo,
    addFinish,
    addCurrent,
    addHistory,
    addHeads,
    addShow,
    addCheck,
    addInspect,
    addExplain,
    addMaintain,
    addPartition,
    addDistribute,
    addStamp,
    addRepair,
    addRebase,
    addSquash,
    addAdopt,
  ];
  for (const add of commands) add(command);
  return command;
}
