import { systemClock } from '../../src/db/clock.ts';
import { randomBytes } from '../../src/db/random.ts';
import { runMove } from '../../src/move/run/run-move.ts';
import { workFolderOf } from '../../src/move/source/snapshot.ts';
import { type VerifyOptions, verifyMove } from '../../src/move/verify/verify-move.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { revisions } from '../../src/versions/index.ts';

/** One move in a process of its own, so that its memory is its own: `move-once.ts file url`. Prints a line of JSON. */
const [sourceFile = '', targetUrl = ''] = process.argv.slice(2);
const started = performance.now();
const phases: { name: string; at: number }[] = [];
const both: VerifyOptions = {
  schema: flashcase,
  sourceFile,
  targetUrl,
  workFolder: workFolderOf(sourceFile),
  isParanoid: false,
  events: {
    phase: (name) => phases.push({ name, at: performance.now() }),
    expect() {},
    rows() {},
    bytes() {},
    done() {},
    note: (text) => process.stderr.write(`${text}\n`),
  },
};
const result = await runMove({
  ...both,
  revisions,
  rules: undefined,
  rulesFile: '',
  isStartingOver: false,
  clock: systemClock(),
  newId: () => randomBytes(4).toString('hex'),
});
const ended = performance.now();
const { length: movePhases } = phases;
const verdict = await verifyMove(both);
if (!verdict.isEqual) throw new Error(`the sides differ: ${JSON.stringify(verdict)}`);
process.stdout.write(
  `${JSON.stringify({
    seconds: (ended - started) / 1000,
    parts: result.seconds,
    verifySeconds: (performance.now() - ended) / 1000,
    phases: phases.slice(0, movePhases).map(({ name, at }, i) => ({
      name,
      seconds: (((i + 1 < movePhases ? phases[i + 1]?.at : undefined) ?? ended) - at) / 1000,
    })),
    rows: result.tables.reduce((sum, { rowsOut }) => sum + rowsOut, 0),
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  })}\n`,
);
