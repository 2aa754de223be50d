import { type Database, isDuplicate } from '../../db/database.ts';
import { insertAuditEvent, knownAuditEvents, lastAuditChain } from '../../db/stores/audit-events.ts';
import { type AuditEvent, chainOf, rowOf } from './event.ts';
import type { AuditJournal } from './journal.ts';

/** Events a transaction takes. */
const AT_ONCE = 200;
/** Others append too: whoever is second looks again. */
const TRIES = 20;

/**
 * Adds events to the database, each once, behind what is there. Throws what the database says: it may be moved, held, or without the table.
 * @returns how many were new.
 */
export async function appendEvents(database: Database, events: readonly AuditEvent[]): Promise<number> {
  let added = 0;
  for (let at = 0; at < events.length; at += AT_ONCE) added += await appendSome(database, events.slice(at, at + AT_ONCE));
  return added;
}

async function appendSome(database: Database, events: readonly AuditEvent[]): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return await database.write(async (session) => {
        const known = await knownAuditEvents(
          session,
          events.map(({ event }) => event),
        );
        const missing = events.filter(({ event }) => !known.has(event));
        let previous = missing.length === 0 ? '' : await lastAuditChain(session);
        for (const event of missing) {
          await insertAuditEvent(session, rowOf(event, previous));
          previous = chainOf(previous, event);
        }
        return missing.length;
      }, 'nobody');
    } catch (error) {
      if (!isDuplicate(error) || tries === TRIES) throw error;
    }
  }
}

/**
 * Takes in what a journal has and the database has not. A database that was put back to an older day no longer knows the last event it took: then the
 * whole journal is looked through again.
 */
export async function takeIn(database: Database, journal: AuditJournal): Promise<number> {
  if (!journal.exists) return 0;
  const mark = journal.mark();
  const isKnown =
    mark !== undefined && (await database.read((session) => knownAuditEvents(session, [mark.event]))).has(mark.event);
  const { events, end } = journal.read(isKnown ? mark.offset : 0);
  const last = events.at(-1);
  if (last === undefined) return 0;
  const added = await appendEvents(database, events);
  journal.setMark({ event: last.event, offset: end });
  return added;
}
