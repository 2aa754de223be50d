import type { Clock } from '../../db/clock.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { locationOf, openPostgres } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { schema } from '../../schema/table.ts';
import { judgeReplica, readReplicaFacts, systemOf } from './judge-replica.ts';
import { type Demand, type Finding, judgeServer, tls } from './judge-server.ts';
import { probePooler } from './probe-pooler.ts';
import { roleLines, strangers } from './role-lines.ts';
import { readServerFacts, type ServerFacts } from './server-facts.ts';

export interface DoctorOptions extends Demand {
  readonly url: string;
  /** Without a pooler between; `undefined` where none is set. */
  readonly directUrl: string | undefined;
  readonly replicaUrls: readonly string[];
  /** Before the names of the roles. */
  readonly rolePrefix: string;
  readonly clock: Clock;
}

export interface Diagnosis {
  readonly location: string;
  readonly findings: readonly Finding[];
  /** SQL that makes separate roles for servers, revisions, backups and monitoring; none where the login has no schema of FlashCase's own. */
  readonly roles: readonly string[];
}

const CONNECT_SECONDS = 10;

async function on<T>(url: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = openPostgres({
    schema: schema({}),
    url,
    pool: { size: 1, maxOverflow: 0, timeoutSeconds: CONNECT_SECONDS, recycleSeconds: -1, statementSeconds: CONNECT_SECONDS },
  });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/** Where revisions and moves would go: to the same database, with nobody between. */
async function judgeDirect(facts: ServerFacts, { directUrl, clock }: DoctorOptions): Promise<Finding[]> {
  const check = 'direct way';
  if (directUrl === undefined)
    return [
      facts.isPooled
        ? {
            check,
            level: 'problem',
            says: 'There is only the way through the pooler: revisions, moves and backups are refused there.',
            next: 'Set DATABASE_DIRECT_URL to the server’s own address.',
          }
        : { check, level: 'good', says: 'DATABASE_URL is direct.' },
    ];
  try {
    const direct = await on(directUrl, (engine) =>
      engine.dedicated((connection) => readServerFacts(connection, () => clock.now().micros)),
    );
    const way: Finding = direct.isPooled
      ? {
          check,
          level: 'problem',
          says: 'DATABASE_DIRECT_URL leads through a pooler too.',
          next: 'Name the server’s own address.',
        }
      : direct.identity === facts.identity
        ? { check, level: 'good', says: 'DATABASE_DIRECT_URL leads to the same database, with nobody between.' }
        : {
            check,
            level: 'problem',
            says: 'DATABASE_DIRECT_URL leads to another database than DATABASE_URL: revisions would change the wrong one.',
            next: 'Correct it.',
          };
    return [way, { ...tls(direct, 'DATABASE_DIRECT_URL'), check: 'direct way, tls' }];
  } catch (error) {
    if (!(error instanceof FlashcaseError)) throw error;
    return [
      {
        check,
        level: 'problem',
        says: `DATABASE_DIRECT_URL cannot be reached: ${error.message}${error.why === undefined ? '' : ` ${error.why}`}`,
        next: error.hint ?? 'Correct it.',
      },
    ];
  }
}

async function judgeReplicas(connection: Connection, facts: ServerFacts, options: DoctorOptions): Promise<Finding[]> {
  const { replicaUrls, clock } = options;
  if (replicaUrls.length === 0) return [];
  const primary = { system: await systemOf(connection), versionNumber: facts.versionNumber };
  const found: Finding[] = [];
  for (const url of replicaUrls) {
    const at = locationOf(url);
    try {
      const replica = await on(url, (engine) =>
        engine.dedicated(async (standby) => readReplicaFacts(standby, await readServerFacts(standby, () => clock.now().micros))),
      );
      found.push(...judgeReplica(at, replica, primary, options));
    } catch (error) {
      if (!(error instanceof FlashcaseError)) throw error;
      found.push({
        check: `replica ${at}`,
        level: 'problem',
        says: `It cannot be asked, and is not used: ${error.message}${error.why === undefined ? '' : ` ${error.why}`}`,
        next: error.hint ?? 'Correct DATABASE_REPLICA_URLS.',
      });
    }
  }
  return found;
}

const SHOWN = 5;

/** A schema of somebody else's is shared with whoever may make tables there, and the SQL of the roles would have to guess whose is whose. */
function judgeStrangers(names: readonly string[], schemaName: string): Finding[] {
  if (names.length === 0) return [];
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return [
    {
      check: 'schema',
      level: 'problem',
      says: `The schema ${schemaName} holds what is not FlashCase’s: ${names.slice(0, SHOWN).join(', ')}${more}. No SQL of roles is printed for it.`,
      next: 'Give FlashCase a database or a schema of its own.',
    },
  ];
}

/** Tests a provisioned PostgreSQL; changes nothing on it. Throws `FC_DB_UNREACHABLE` where nobody answers. */
export function examineServer(options: DoctorOptions): Promise<Diagnosis> {
  const { url, clock, rolePrefix } = options;
  return on(url, (engine) =>
    engine.dedicated(async (connection) => {
      const facts = await readServerFacts(connection, () => clock.now().micros);
      const findings = judgeServer(facts, options);
      if (facts.isPooled) findings.push(...(await probePooler(engine)));
      findings.push(...(await judgeDirect(facts, options)));
      findings.push(...(await judgeReplicas(connection, facts, options)));
      const { database, schemaName } = facts;
      if (schemaName === null) return { location: locationOf(url), findings, roles: [] };
      const others = judgeStrangers(await strangers(connection), schemaName);
      findings.push(...others);
      const roles = others.length > 0 ? [] : await roleLines(connection, database, schemaName, rolePrefix);
      return { location: locationOf(url), findings, roles };
    }),
  );
}
