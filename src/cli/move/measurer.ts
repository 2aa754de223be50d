import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemClock } from '../../db/clock.ts';
import { peerFileOf } from '../../db/peer.ts';
import { LatencyRecorder } from '../../move/latency/latency-recorder.ts';

/** Names the files of this process: unlike any other process of the installation, dead ones included. */
export const ownName = (): string =>
  `${hostname().replaceAll(/[^\w-]/g, '_')}-${process.pid}-${systemClock().now().micros / 1000n}`;

/**
 * Measures what the users of this server feel, from now on; during a move it is written beside the SQLite file, for `move status` and the report.
 * @param fileOf the SQLite file of this installation, if there is one here: a move home makes one while the server runs.
 * @param tell a line for the log.
 */
export function keepMeasuring(fileOf: () => string | undefined, tell: (line: string) => void): LatencyRecorder {
  const clock = systemClock();
  const recorder = new LatencyRecorder({
    clock,
    // Two looks for a file: as `keepFollowing`.
    fileInMove: () => {
      const file = fileOf();
      return file !== undefined && existsSync(file) && existsSync(peerFileOf(file)) ? file : undefined;
    },
    process: ownName(),
    onTrouble: (error) =>
      tell(`What users feel is measured but cannot be written; the move's report will lack it: ${(error as Error).message}`),
  });
  recorder.start();
  return recorder;
}
