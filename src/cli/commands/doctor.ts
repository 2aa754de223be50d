import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { parseDatabaseUrl } from '../../db/database-url.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { type Diagnosis, examineServer } from '../../ops/doctor/doctor.ts';
import { exitCodes } from '../exit-codes.ts';
import { commandSettings, print } from './open.ts';

const PROBLEM = 3;

interface Flags {
  readonly connect: string | true;
  readonly direct?: string;
  readonly servers: number;
  readonly rolePrefix: string;
  readonly json?: boolean;
}

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.');
  return Number(text);
};

const roleName = (text: string): string => {
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(text))
    throw new InvalidArgumentError('It begins with a letter and has lower-case letters, digits and _ only.');
  return text;
};

function postgresUrl(text: string, name: string): string {
  const address = parseDatabaseUrl(text, process.cwd());
  if (typeof address !== 'string' && address.engine === 'postgres') return address.url;
  throw new FlashcaseError('FC_BAD_REQUEST', {
    what: typeof address === 'string' ? `${name} ${address}.` : `${name} is an SQLite file; this looks at a PostgreSQL server.`,
    hint: 'flashcase doctor --connect postgresql://user:password@host:5432/database',
  });
}

const MARKS = { good: 'ok     ', advice: 'advice ', problem: 'PROBLEM' } as const;

function text({ location, findings, roles }: Diagnosis): string[] {
  const problems = findings.filter(({ level }) => level === 'problem').length;
  return [
    `PostgreSQL at ${location}`,
    ...findings.flatMap(({ check, level, says, next }) => [
      `${MARKS[level]}  ${check.padEnd(20)} ${says}`,
      ...(next === undefined ? [] : [`${' '.repeat(30)}next: ${next}`]),
    ]),
    problems === 0 ? 'Nothing stands in the way.' : `${problems} problem${problems === 1 ? '' : 's'} to put right first.`,
    ...(roles.length === 0
      ? []
      : [
          '',
          '-- A role of its own for servers (app), revisions and moves (revision), backups and monitoring: an administrator runs this in psql,',
          '-- then gives each its password: \\password NAME. The servers get DB_REVISIONS=fail, and flashcase db upgrade runs as the revision role.',
          '-- Stop the servers before, or give them the new role at once: with the tables their role of now loses its rights on them.',
          '-- Where there are no tables yet: run flashcase db upgrade as the revision role, then print and run these lines once more.',
          ...roles,
        ]),
  ];
}

/** `flashcase doctor --connect [URL]`. */
export function doctor(): Command {
  return exitCodes(new Command('doctor'), {
    0: 'Nothing stands in the way; there may be advice.',
    [PROBLEM]: 'Something must be put right first.',
  })
    .description('Test a PostgreSQL server before FlashCase works on it, and print what to change; changes nothing.')
    .requiredOption('--connect [url]', 'the server’s address (default: DATABASE_URL)')
    .option('--direct <url>', 'its address without a pooler (default: DATABASE_DIRECT_URL, with DATABASE_URL)')
    .option('--servers <number>', 'FlashCase servers that will use it', wholeNumber, 1)
    .option('--role-prefix <name>', 'how the names of the roles begin', roleName, 'flashcase')
    .option('--json', 'for machines')
    .action(async ({ connect, direct, servers, rolePrefix, json }: Flags) => {
      const settings = commandSettings();
      const { database, poolSize, maxOverflow, statementTimeoutSeconds } = settings;
      const own = database.engine === 'postgres' ? database.url : `sqlite:///${database.file}`;
      const directUrl =
        direct === undefined ? (connect === true ? settings.directUrl : undefined) : postgresUrl(direct, '--direct');
      const diagnosis = await examineServer({
        url: connect === true ? postgresUrl(own, 'DATABASE_URL') : postgresUrl(connect, '--connect'),
        directUrl,
        replicaUrls: connect === true ? settings.replicaUrls : [],
        servers,
        workers: settings.workers,
        poolSize,
        maxOverflow,
        statementTimeoutSeconds,
        rolePrefix,
        clock: systemClock(),
      });
      print(json === true, diagnosis, () => text(diagnosis));
      if (diagnosis.findings.some(({ level }) => level === 'problem')) process.exitCode = PROBLEM;
    });
}
