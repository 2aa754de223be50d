import type { Clock } from '../../db/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import { locationOf, openPostgres } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { schema } from '../../schema/table.ts';
import { type Demand, type Finding, judgeServer } from './judge-server.ts';
import { probePooler } from './probe-pooler.ts';
import { roleLines } from './role-lines.ts';
import { readServerFacts, type ServerFacts } from './server-facts.ts';

export interface DoctorOptions extends Demand {
  readonly url: string;
  /** Without a pooler between; `undefined` where none is set. */
  readonly directUrl: string | undefined;
  /** Before the names of the roles. */
  readonly rolePrefix: string;
  readonly clock: Clock;
}

export interface Diagnosis {
  readonly location: string;
  readonly findings: readonly Finding[];
  /** SQL that makes separate roles for servers, revisions, backups and monitoring; none where the login may not use a schema. */
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
async function judgeDirect(facts: ServerFacts, { directUrl, clock }: DoctorOptions): Promise<Finding> {
  const check = 'direct way';
  if (directUrl === undefined)
    return facts.isPooled
      ? {
          check,
          level: 'problem',
          says: 'There is only the way through the pooler: revisions, moves and backups are refused there.',
          next: 'Set DATABASE_DIRECT_URL to the server’s own address.',
        }
      : { check, level: 'good', says: 'DATABASE_URL is direct.' };
  try {
    const direct = await on(directUrl, (engine) =>
      engine.dedicated((connection) => readServerFacts(connection, () => clock.now().micros)),
    );
    if (direct.isPooled)
      return {
        check,
        level: 'problem',
        says: 'DATABASE_DIRECT_URL leads through a pooler too.',
        next: 'Name the server’s own address.',
      };
    return direct.identity === facts.identity
      ? { check, level: 'good', says: 'DATABASE_DIRECT_URL leads to the same database, with nobody between.' }
      : {
          check,
          level: 'problem',
          says: 'DATABASE_DIRECT_URL leads to another database than DATABASE_URL: revisions would change the wrong one.',
          next: 'Correct it.',
        };
  } catch (error) {
    if (!(error instanceof FlashcaseError)) throw error;
    return {
      check,
      level: 'problem',
      says: `DATABASE_DIRECT_URL cannot be reached: ${error.message}${error.why === undefined ? '' : ` ${error.why}`}`,
      next: error.hint ?? 'Correct it.',
    };
  }
}

/** Tests a provisioned PostgreSQL; changes nothing on it. Throws `FC_DB_UNREACHABLE` where nobody answers. */
export function examineServer(options: DoctorOptions): Promise<Diagnosis> {
  const { url, clock, rolePrefix } = options;
  return on(url, (engine) =>
    engine.dedicated(async (connection) => {
      const facts = await readServerFacts(connection, () => clock.now().micros);
      const findings = judgeServer(facts, options);
      if (facts.isPooled) findings.push(...(await probePooler(engine)));
      findings.push(await judgeDirect(facts, options));
      const roles = facts.schemaName === null ? [] : await roleLines(connection, facts.database, facts.schemaName, rolePrefix);
      return { location: locationOf(url), findings, roles };
    }),
  );
}
