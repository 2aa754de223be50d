import type { WriteGuard } from '../engine/engine.ts';
import { FlashcaseError } from '../errors/index.ts';

export type GateState = 'open' | 'holding' | 'moved';

/**
 * The write gate: one stored row, read inside every write transaction. `open` lets it pass; `holding` refuses for the moment (a move is
 * switching over); `moved` refuses for good. A database without the row (being made) is refused too: nothing is written ungated.
 */
export const gateGuard: WriteGuard = {
  sql: 'SELECT state, epoch, moved_to FROM write_gate WHERE id = 1',
  check(rows) {
    const row = rows[0];
    if (row?.state === 'open') return;
    if (row?.state === 'holding') {
      throw new FlashcaseError('FC_GATE_HOLDING', {
        what: 'Writes are held for a moment while the database is moved.',
        hint: 'Try again in a second.',
        details: { epoch: row.epoch },
      });
    }
    if (row?.state === 'moved') {
      throw new FlashcaseError('FC_GATE_MOVED', {
        what: 'This database has been moved; it takes no more writes.',
        where: row.moved_to === null ? '' : `moved to ${String(row.moved_to)}`,
        hint: 'Set DATABASE_URL to the new database and restart.',
        details: { epoch: row.epoch },
      });
    }
    throw new FlashcaseError('FC_REVISION_PENDING', {
      what: 'This database has no write gate yet.',
      hint: 'Run flashcase db upgrade.',
    });
  },
};
