import { readdirSync, readFileSync } from 'node:fs';
import type { Connection } from '../../engine/engine.ts';

/** What a PostgreSQL server has used: all its processes, whoever they work for. Absent parts cannot be known from here. */
export interface PostgresUse {
  readonly cpuSeconds?: number;
  readonly rssBytes?: number;
  /** Where its write-ahead log ends. */
  readonly walBytes: number;
}

/** Kernel ticks: 100 a second on every Linux that Node runs on. */
const TICKS = 100;

interface Stat {
  readonly name: string;
  readonly parent: number;
  readonly own: number;
  readonly ofEndedChildren: number;
}

function statOf(pid: number | string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    // After the name, field 3 of proc(5) is the first.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = (field: number): number => fields[field - 3] as number;
    return { name, parent: ticks(4), own: ticks(14) + ticks(15), ofEndedChildren: ticks(16) + ticks(17) };
  } catch {
    // It has ended, or this is no Linux.
    return undefined;
  }
}

/** A process's share of memory: pages that several have count once. */
function proportionalBytes(pid: number | string): number | undefined {
  try {
    const found = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return found === null ? undefined : Number(found[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** The server's processes, where it runs on this machine: the one that all others descend from first. */
async function processesOf(
  postgres: Connection,
): Promise<{ readonly main: number; readonly others: readonly number[] } | undefined> {
  const [row] = await postgres.query(
    `SELECT pg_backend_pid() AS m_pid, coalesce(host(inet_server_addr()), 'socket') = coalesce(host(inet_client_addr()), 'socket') AS m_is_here`,
  );
  const backend = statOf(Number(row?.m_pid));
  // A backend of another machine, or another container, may have the number of a process of this one.
  if (row?.m_is_here !== true || backend === undefined || !backend.name.startsWith('postgres')) return undefined;
  const main = backend.parent;
  const others = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(name)?.parent === main)
    .map(Number);
  return { main, others };
}

const sumKnown = (values: readonly (number | undefined)[]): number | undefined =>
  values.every((value) => value !== undefined) ? (values as readonly number[]).reduce((all, value) => all + value, 0) : undefined;

/** Looks at what the server has used until now. */
export async function postgresUse(postgres: Connection): Promise<PostgresUse> {
  const [row] = await postgres.query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text AS m_bytes");
  const walBytes = Number(row?.m_bytes);
  const found = await processesOf(postgres);
  if (found === undefined) return { walBytes };
  const main = statOf(found.main);
  const cpu = found.others.map((pid) => statOf(pid)?.own ?? 0).reduce((all, ticks) => all + ticks, 0);
  const memory = sumKnown([found.main, ...found.others].map(proportionalBytes));
  return {
    walBytes,
    ...(main === undefined ? {} : { cpuSeconds: (main.own + main.ofEndedChildren + cpu) / TICKS }),
    ...(memory === undefined ? {} : { rssBytes: memory }),
  };
}
