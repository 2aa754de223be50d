import { statSync } from 'node:fs';
import { arch, availableParallelism, freemem, platform, release, totalmem } from 'node:os';
import type { Clock } from '../../db/clock.ts';
import type { Database } from '../../db/database.ts';
import { openDatabase } from '../../db/database.ts';
import type { Env } from '../../db/env.ts';
import { describeSettings, type Settings } from '../../db/settings.ts';
import { countQuarantined } from '../../db/stores/quarantine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readDrift } from '../../revisions/drift.ts';
import { readLedger } from '../../revisions/ledger.ts';
import { stateOf } from '../../revisions/run.ts';
import { toJson } from '../../schema/json.ts';
import { project } from '../../versions/project.ts';
import { eventOf } from '../audit/event.ts';
import { journalOf } from '../audit/journal.ts';
import { redact, redactValue } from '../audit/redact.ts';
import { type AuditStep, judgeChain, keptEvents, stepsOf } from '../audit/steps.ts';
import { backupHealth } from '../backup/backup-health.ts';
import { readRecord } from '../backup/record.ts';
import { examineServer } from '../doctor/doctor.ts';
import { explainQuery } from '../explain/explain-query.ts';
import { hotQueries } from '../explain/hot-queries.ts';
import { Metrics } from '../metrics/metrics.ts';
import { installationState } from '../prepare.ts';
import { knownSecrets } from './known-secrets.ts';
import { logLines } from './log-lines.ts';

/** A file of the bundle. */
export interface Section {
  readonly name: string;
  /** What is in it, for whoever decides whether to send it. */
  readonly about: string;
  readonly text: string;
}

export interface Collecting {
  readonly env: Env;
  /** As they are set. */
  readonly settings: Settings;
  /** With the database that serves. */
  readonly serving: Settings;
  readonly clock: Clock;
  readonly version: string;
  /** The folder the command is typed in. */
  readonly folder: string;
  /** Of this server's log, where one was named. */
  readonly logFile: string | undefined;
}

const STEPS = 500;
const RECORDED = 200;

type Look = (database: Database) => Promise<unknown>;

/** A step without what it was given: there are names of people and decks in it. Its words stay, and who did it as a number. */
function anonymous(steps: readonly AuditStep[]): object[] {
  const people = [...new Set(steps.map(({ who }) => who))];
  return steps.slice(-STEPS).map(({ begunAt, endedAt, command, who, outcome, end, given, isWaiting }) => {
    const { options = {} } = (given ?? {}) as { options?: object };
    return {
      ...{ begunAt, endedAt, command, outcome, isWaiting },
      by: people.indexOf(who) + 1,
      options: Object.keys(options),
      end: end === null ? null : { exit: end.exit ?? null, code: end.code ?? null, ms: end.ms ?? null },
    };
  });
}

const schemaLook: Look = async ({ engine }) =>
  engine.dedicated(async (connection) => {
    const ledger = await readLedger(connection, engine);
    const drift = await readDrift(connection, engine, stateOf(project.revisions, ledger));
    return {
      applied: ledger.map(({ id, name, fingerprint }) => ({ id, name, fingerprint })),
      known: project.revisions.map(({ id, name }) => ({ id, name })),
      // As it was made; how somebody changed it by hand, or what they added, is in words of theirs.
      drift: drift.items.map(({ kind, expected }) => ({ kind, expected: expected ?? null })),
      incomplete: drift.incomplete ?? null,
    };
  });

const sizesLook: Look = async (database) => {
  const { engine } = database;
  const { ddl, capabilities } = engine;
  const rows: Record<string, number> = {};
  for (const { name } of Object.values(project.schema.tables)) {
    const sql = capabilities.isLocalFile
      ? `SELECT count(*) AS v_rows, NULL AS v_bytes FROM ${ddl.quote(name)}`
      : `SELECT sum(greatest(c.reltuples, 0))::float8 AS v_rows FROM pg_class AS c WHERE c.relkind = 'r' AND c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass('${ddl.quote(name)}')) UNION SELECT to_regclass('${ddl.quote(name)}'))`;
    const [row] = await database.read(({ connection }) => connection.query(sql)).catch(() => []);
    rows[name] = Number(row?.v_rows ?? -1);
  }
  const bytesOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return {
    rows,
    isCounted: capabilities.isLocalFile,
    ...(capabilities.isLocalFile ? { fileBytes: bytesOf(engine.location), walBytes: bytesOf(`${engine.location}-wal`) } : {}),
    setAside: await database.read(countQuarantined).catch(() => null),
  };
};

const plansLook: Look = ({ engine }) =>
  engine.dedicated(async (connection) => {
    const plans: object[] = [];
    for (const { name } of hotQueries) {
      // A failed one takes no other with it.
      const found = await explainQuery(connection, engine, name).catch((error: unknown) => ({ name, failed: codeOf(error) }));
      plans.push('sql' in found ? { name, plan: found.plan, wholeTables: found.wholeTables, advice: found.advice } : found);
    }
    return plans;
  });

const codeOf = (error: unknown): string => (error instanceof FlashcaseError ? error.code : 'FC_INTERNAL');

/**
 * Everything whoever helps wants to know of an installation, and nothing of the people in it: each part is made of named fields, none of a row's
 * content. A part that cannot be had says why, and takes no other with it. Known secrets are taken out of every text once more at the end.
 */
export async function collectSupport(collecting: Collecting): Promise<Section[]> {
  const { env, settings, serving, clock, version, folder, logFile } = collecting;
  const database = openDatabase(serving, clock, {}, true);
  const sections: Section[] = [];
  const secrets = knownSecrets(env, settings);
  const clean = (text: string): string => redact(secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text));
  const add = (name: string, about: string, text: string): void => void sections.push({ name, about, text: clean(text) });
  const take = async (name: string, about: string, look: () => Promise<unknown>): Promise<void> => {
    const found = await look().catch((error: unknown) => ({ failed: codeOf(error) }));
    add(name, about, typeof found === 'string' ? found : `${toJson(redactValue(found))}\n`);
  };
  try {
    await take('versions.json', 'FlashCase, Node, the machine', async () => ({
      flashcase: version,
      node: process.versions,
      machine: {
        platform: platform(),
        release: release(),
        arch: arch(),
        cores: availableParallelism(),
        totalmem: totalmem(),
        freemem: freemem(),
      },
      at: clock.now().text,
    }));
    await take('settings.json', 'every setting with its source; passwords, tokens and keys hidden', async () =>
      describeSettings(env),
    );
    await take('state.json', 'whether it is ready: database, schema, gate', () => installationState(database));
    await take('schema.json', 'revisions applied and known, and what drifted from them', () => schemaLook(database));
    await take('sizes.json', 'rows of each table, bytes, how many rows are set aside and why', () => sizesLook(database));
    await take('doctor.json', 'what flashcase doctor finds; on SQLite what weakens the promises', async () => {
      const { database: address } = serving;
      if (address.engine === 'sqlite') return { weaknesses: await database.engine.weaknesses() };
      const { directUrl, poolSize, maxOverflow, statementTimeoutSeconds } = serving;
      const pool = { poolSize, maxOverflow, statementTimeoutSeconds, servers: 1, workers: serving.workers };
      return (
        await examineServer({
          ...pool,
          url: address.url,
          directUrl,
          replicaUrls: serving.replicaUrls,
          rolePrefix: 'flashcase',
          clock,
        })
      ).findings;
    });
    await take('metrics.txt', 'what Prometheus would read now', async () => {
      const metrics = new Metrics(version);
      try {
        return await metrics.text({ database, settings: serving });
      } finally {
        metrics.close();
      }
    });
    await take('plans.json', 'the plans of the hot queries: statements of FlashCase’s own, no values', () => plansLook(database));
    await take('backups.json', 'how backups and drills went, by their codes', async () => {
      const { directory } = settings.backup;
      const recorded = readRecord(directory).slice(-RECORDED);
      return {
        health: backupHealth(directory, clock.now()),
        recorded: recorded.map(({ at, kind, isGood, seconds, detail }) => ({
          at,
          kind,
          isGood,
          seconds,
          code: /^FC_[A-Z_]+/.exec(detail ?? '')?.[0],
        })),
      };
    });
    await take(
      'audit.json',
      'the last steps of operators: when, which, how they ended; people as numbers, nothing of what was given',
      async () => {
        const kept = await keptEvents(database).catch(() => ({ rows: [] }));
        const { events: waiting, damaged } = journalOf(settings, folder).read();
        const { events, head, broken } = judgeChain(kept.rows);
        return {
          events,
          head,
          broken: broken ?? null,
          damaged,
          steps: anonymous(stepsOf(kept.rows.map(eventOf), waiting, () => false)),
        };
      },
    );
    if (logFile !== undefined)
      await take('log.ndjson', 'the last lines of the log you named: times, routes, statuses, durations, error codes', async () =>
        logLines(logFile),
      );
  } finally {
    await database.close();
  }
  return sections;
}
