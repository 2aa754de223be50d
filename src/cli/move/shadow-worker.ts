import { parentPort, workerData } from 'node:worker_threads';
import { type Clock, systemClock } from '../../db/clock.ts';
import { readEnv } from '../../db/env.ts';
import { type Peer, readPeer } from '../../db/peer.ts';
import { readSettings } from '../../db/settings.ts';
import { onFile, onServer } from '../../db/sides.ts';
import { openSqlite } from '../../engine/sqlite/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type AnswerRecord, appendAnswers, type DifferentAnswer } from '../../move/answers/answer-files.ts';
import { compareAnswers } from '../../move/answers/compare-answers.ts';
import { levelOf } from '../../move/answers/level.ts';
import type { Carrier } from '../../move/follow/carrier.ts';
import { openCarrier } from '../../move/live/carrying.ts';
import { type MoveState, readMoveState } from '../../move/state/sqlite-state.ts';
import { openTarget } from '../../move/target/connect.ts';
import { schema } from '../../schema/table.ts';
import { type ApiRead, askSide } from './ask-side.ts';
import { liveOptions } from './live-options.ts';
import { ownName } from './measurer.ts';
import type { ShadowOrder, ShadowReply } from './shadow.ts';

/**
 * A thread of the server that asks both sides of a live move what a user asked, and compares the answers: the same application, over each side's
 * database, without the network between. It cannot write.
 */

const port = parentPort as NonNullable<typeof parentPort>;
const { sqliteFile } = workerData as { readonly sqliteFile: string };
const reply = (message: ShadowReply): void => port.postMessage(message);
/** How often what was compared is written. */
const WRITE_MS = 2000;

/** Both sides see one moment in a round: what is due depends on it. */
const clock = ((): Clock & { tick(): void } => {
  const real = systemClock();
  let now = real.now();
  return { now: () => now, tick: () => (now = real.now()) };
})();

/** The carrier of the way back, which knows what it would bring; open while it is asked. */
interface WayBack {
  readonly runId: string;
  readonly carrier: Carrier;
}

async function main(peer: Peer): Promise<void> {
  const options = liveOptions(sqliteFile, peer.directUrl ?? peer.postgresUrl);
  const settings = readSettings(readEnv(process.cwd()), process.cwd());
  const sides = {
    sqlite: await askSide(onFile(settings, peer), clock),
    postgres: await askSide(onServer(settings, peer), clock),
  };
  // Read only: opened after a finish has taken the file away, it would make an empty one there.
  const engines = {
    sqlite: openSqlite({ schema: schema({}), file: sqliteFile, isReadOnly: true }),
    postgres: openTarget(options.postgresUrl),
  };
  const name = ownName();
  let wayBack: WayBack | undefined;
  let record: { -readonly [K in keyof AnswerRecord]: AnswerRecord[K] } = { equal: 0, undecided: 0, differences: [] };

  const state = (): Promise<MoveState | undefined> => engines.sqlite.read(readMoveState);
  const closeWayBack = async (): Promise<void> => {
    const closed = wayBack;
    wayBack = undefined;
    await closed?.carrier.close().catch(() => {});
  };
  const lag = async ({ runId }: MoveState): Promise<number> => {
    if (wayBack?.runId !== runId) {
      await closeWayBack();
      wayBack = { runId, carrier: await openCarrier(options, 'reverse', runId) };
    }
    return (await wayBack.carrier.lag()).keys;
  };
  const compare = async (read: ApiRead): Promise<void> => {
    const before = await state();
    if (before?.phase !== 'forward' && before?.phase !== 'reverse') return;
    const [primary, follower] =
      before.phase === 'forward' ? (['sqlite', 'postgres'] as const) : (['postgres', 'sqlite'] as const);
    const found = await compareAnswers({
      begin: () => clock.tick(),
      primary: () => sides[primary].ask(read),
      follower: () => sides[follower].ask(read),
      ...levelOf(before.phase, engines.sqlite, engines.postgres, () => lag(before)),
    });
    // In a switch, the side that was asked first may no longer be the one that serves.
    if (found === 'undecided' || (await state())?.epoch !== before.epoch) record.undecided++;
    else if (found === 'equal') record.equal++;
    else {
      const said = { [primary]: found.primary, [follower]: found.follower } as Record<'sqlite' | 'postgres', string>;
      const different: DifferentAnswer = { at: clock.now().text, request: `GET ${read.url}`, where: found.where, ...said };
      record.differences = [...record.differences, different];
      await write();
      reply({
        tell: `The two sides answer differently: GET ${read.url.replace(/\?.*$/s, '')} at ${found.where}. flashcase move report names it.`,
      });
    }
  };
  const write = async (): Promise<void> => {
    const written = record;
    if (written.equal + written.undecided + written.differences.length === 0) return;
    record = { equal: 0, undecided: 0, differences: [] };
    await appendAnswers(sqliteFile, name, written);
  };
  let told: string | undefined;
  const trouble = (error: unknown): void => {
    const text = error instanceof FlashcaseError ? `${error.code} ${error.message}` : String(error);
    if (text !== told) reply({ tell: `Answers cannot be compared now: ${text}` });
    told = text;
  };
  // One at a time, in the order they came.
  let work: Promise<void> = Promise.resolve();
  port.on('message', (order: ShadowOrder) => {
    if (order === 'stop') {
      void write()
        .catch(trouble)
        .then(() => process.exit());
      return;
    }
    work = work
      .then(() => compare(order))
      .catch(async (error: unknown) => {
        record.undecided++;
        trouble(error);
        await closeWayBack();
      })
      .then(() => reply({ done: true }));
  });
  setInterval(() => void write().catch(trouble), WRITE_MS);
}

const peer = readPeer(sqliteFile);
if (peer === undefined) port.close();
else await main(peer);
