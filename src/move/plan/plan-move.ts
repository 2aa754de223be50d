import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { locationOf } from '../../engine/postgres/engine.ts';
import type { MoveOptions } from '../move-options.ts';
import { removeIfEmpty, sizeOf } from '../source/snapshot.ts';
import { openTarget } from '../target/connect.ts';
import { inspectTarget, type TargetReport } from '../target/inspect-target.ts';
import { WorkerPool } from '../workers/worker-pool.ts';
import { Findings } from './findings.ts';
import { findingsFileIn, type Judged, judgeSnapshot, snapshotInto } from './make-plan.ts';
import { proposeRules } from './rules.ts';

export interface Plan extends Judged {
  readonly target: TargetReport;
  /** Decisions added to the rules file as undecided. */
  readonly proposed: number;
}

/**
 * Looks at source and target and judges every row. Writes to neither; the one file it writes is the rules file, with each open decision in it.
 * @param report reads the findings while they are there.
 */
export async function planMove(options: MoveOptions, report: (plan: Plan, findings: Findings) => void): Promise<Plan> {
  // A folder of its own: an interrupted run may still need its snapshot in the working folder.
  const folder = join(options.workFolder, 'plan');
  const engine = openTarget(options.targetUrl);
  const workers = new WorkerPool(sizeOf(options.sourceFile));
  try {
    options.events.phase('target', 'looking at the target');
    const target = await engine.dedicated((connection) =>
      inspectTarget(connection, locationOf(options.targetUrl), sizeOf(options.sourceFile), () => options.clock.now().micros),
    );
    const snapshot = await snapshotInto(folder, options);
    const judged = await judgeSnapshot({ ...options, snapshot, findingsFile: findingsFileIn(folder), isThorough: true, workers });
    const plan = { ...judged, target, proposed: proposeRules(options.rulesFile, judged.open) };
    const findings = Findings.open(judged.snapshot.file, judged.findingsFile, options.schema, judged.sources, false);
    try {
      report(plan, findings);
    } finally {
      findings.close();
    }
    return plan;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    removeIfEmpty(options.workFolder);
    await workers.close();
    await engine.close();
  }
}
