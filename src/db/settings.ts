import { isIP } from 'node:net';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { FlashcaseError } from '../errors/index.ts';
import { type DatabaseAddress, parseDatabaseUrl, splitUrls, withoutPassword } from './database-url.ts';
import type { Env } from './env.ts';

export interface Settings {
  readonly database: DatabaseAddress;
  /** Without a pooler between; for revisions, moves and backups. */
  readonly directUrl: string | undefined;
  /** Streaming replicas of the PostgreSQL that serves, from which statistics, searches and exports may be read. */
  readonly replicaUrls: readonly string[];
  readonly poolSize: number;
  readonly maxOverflow: number;
  readonly poolTimeoutSeconds: number;
  readonly poolRecycleSeconds: number;
  readonly statementTimeoutSeconds: number;
  /**
   * What a starting server does about the schema. `wait`: it applies what is pending, after whoever is doing so. `fail`: it changes
   * nothing, and ends when another process is changing the schema or anything is pending. `serve-old`: it changes nothing, and serves an
   * older schema where the code says that it can.
   */
  readonly whenPending: WhenPending;
  readonly host: string;
  readonly port: number;
  /** Processes that serve together on the port. */
  readonly workers: number;
  readonly isDevelopment: boolean;
  /** Log SQL texts; takes effect in development only. */
  readonly isDebug: boolean;
  /** Which proxies may set X-Forwarded-*: false, true, or a list of addresses. */
  readonly trustProxy: boolean | string;
  readonly tokenDays: number;
  readonly logLevel: string;
  /** Pictures and sounds of one person. */
  readonly mediaQuotaMegabytes: number;
  /** Who asks for `/metrics` must have it; without it only this machine may ask. */
  readonly metricsToken: string | undefined;
  readonly backup: BackupSettings;
  /** Minutes after midnight UTC at which a server does the upkeep that is due; `undefined`: never. */
  readonly maintainMinuteOfDay: number | undefined;
  /** Cards that everybody without a limit of their own may have. */
  readonly maxCards: number | undefined;
  /** The address people use, without a path: https://cards.example.org. */
  readonly publicUrl: string | undefined;
  /** How mail is sent; none without it. */
  readonly mail: MailSettings | undefined;
}

export interface MailSettings {
  /** smtp: or smtps:, with name and password in it where the mail server wants them. */
  readonly url: string;
  /** `FlashCase <cards@example.org>` */
  readonly from: string;
}

export interface BackupSettings {
  readonly directory: string;
  /** Minutes after midnight UTC at which a server makes one by itself; `undefined`: never. */
  readonly minuteOfDay: number | undefined;
  readonly retention: Retention;
  /** Backups are encrypted where there is one. */
  readonly keyFile: string | undefined;
  /** How long a change waits at most until it is in the change log; `undefined`: there is none. */
  readonly logSeconds: number | undefined;
  /** The folder in which a plain copy of the database lies while a backup is made or tried. */
  readonly scratch: string;
  /** Backups of the whole PostgreSQL cluster and its log; `undefined`: none. */
  readonly physical: PhysicalSettings | undefined;
}

/** Where physical backups of PostgreSQL are kept, and by what. */
export interface PhysicalSettings {
  /** The tool's configuration, its own logs and locks. */
  readonly directory: string;
  readonly repository: Repository;
  /** Where `postgres` and `pg_controldata` are; `undefined`: looked for. */
  readonly postgresBin: string | undefined;
}

/** Where the bytes of physical backups lie. */
export type Repository =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly path: string;
      readonly endpoint: string;
      readonly region: string;
      readonly uriStyle: 'host' | 'path';
      /** Two lines: the access key and its secret. */
      readonly keyFile: string;
    };

/** How many backups are kept: the last one of so many days, weeks and months. */
export interface Retention {
  readonly days: number;
  readonly weeks: number;
  readonly months: number;
}

export type WhenPending = 'wait' | 'fail' | 'serve-old';

interface Setting {
  readonly name: string;
  readonly fallback: string;
  readonly about: string;
  /** An address with a password in it. */
  readonly isSecret?: boolean;
  /** Nothing of it is ever shown. */
  readonly isHidden?: boolean;
}

const wholeNumber =
  (minimum: number, maximum: number) =>
  (text: string): number | string => {
    const value = Number(text);
    return /^-?\d+$/.test(text.trim()) && value >= minimum && value <= maximum
      ? value
      : `is not a whole number from ${minimum} to ${maximum}`;
  };

/** Every setting, in the order `flashcase settings` prints them. Pool settings mean what they mean in SQLAlchemy. */
export const SETTINGS: readonly Setting[] = [
  { name: 'DATABASE_URL', fallback: 'sqlite:///./flashcase.db', about: 'Where the data is.', isSecret: true },
  {
    name: 'DATABASE_DIRECT_URL',
    fallback: '',
    about: 'PostgreSQL without a pooler between, for revisions and moves.',
    isSecret: true,
  },
  {
    name: 'DATABASE_REPLICA_URLS',
    fallback: '',
    about: 'Streaming replicas, comma-separated, from which statistics, searches and exports may be read.',
    isSecret: true,
  },
  { name: 'DB_POOL_SIZE', fallback: '20', about: 'Connections kept open.' },
  { name: 'DB_MAX_OVERFLOW', fallback: '10', about: 'Further connections under load, closed when given back.' },
  { name: 'DB_POOL_TIMEOUT', fallback: '30', about: 'Seconds a request waits for a connection.' },
  { name: 'DB_POOL_RECYCLE', fallback: '3600', about: 'Seconds after which a connection is replaced; -1: never.' },
  { name: 'DB_STATEMENT_TIMEOUT', fallback: '30', about: 'Seconds after which the client gives a statement up.' },
  {
    name: 'DB_REVISIONS',
    fallback: 'wait',
    about: 'At the start: wait (and apply what is pending), fail (change nothing), or serve-old (serve an older schema).',
  },
  { name: 'HOST', fallback: '127.0.0.1', about: 'Address the server listens on; 0.0.0.0 for the whole network.' },
  { name: 'PORT', fallback: '8000', about: 'Port the server listens on.' },
  { name: 'WORKERS', fallback: '1', about: 'Processes that serve together on the port; more than 1 only on PostgreSQL.' },
  { name: 'ENVIRONMENT', fallback: 'production', about: 'production or development.' },
  { name: 'DEBUG', fallback: 'false', about: 'Log SQL texts (development only).' },
  {
    name: 'PUBLIC_URL',
    fallback: '',
    about:
      'The address people use, as https://cards.example.org: for links in mails, and for passkeys, which want https and a name.',
  },
  {
    name: 'SMTP_URL',
    fallback: '',
    about: 'The mail server, as smtp://name:password@mail.example.org:587 or smtps://…; empty: no mail is sent.',
    isSecret: true,
  },
  { name: 'MAIL_FROM', fallback: '', about: 'Who mails are from, as FlashCase <cards@example.org>; needed with SMTP_URL.' },
  { name: 'TRUST_PROXY', fallback: 'false', about: 'true, or the addresses of the proxies in front, comma-separated.' },
  { name: 'TOKEN_DAYS', fallback: '30', about: 'Days after which a login ends.' },
  { name: 'MEDIA_QUOTA_MB', fallback: '1024', about: 'Megabytes that the pictures and sounds of one person may take; 0: none.' },
  {
    name: 'MAX_CARDS_PER_USER',
    fallback: '0',
    about: 'Cards each user may have in decks of their own; 0: as many as they like. flashcase user quota makes exceptions.',
  },
  { name: 'LOG_LEVEL', fallback: 'info', about: 'fatal, error, warn, info, debug or trace.' },
  {
    name: 'METRICS_TOKEN',
    fallback: '',
    about: 'What Prometheus must send as its bearer token to read /metrics, 16 characters or more; empty: only this machine may.',
    isHidden: true,
  },
  {
    name: 'BACKUP_DIRECTORY',
    fallback: '',
    about: 'Where backups go, best on another disk; empty: beside the SQLite file, or flashcase-backups here.',
  },
  { name: 'BACKUP_SCHEDULE', fallback: '03:00', about: 'When a server makes one by itself, every day, in UTC; off: never.' },
  {
    name: 'MAINTAIN_SCHEDULE',
    fallback: '04:30',
    about:
      'When a server does the upkeep that is due (flashcase db maintain) and notes sizes down, every day, in UTC; off: never.',
  },
  { name: 'BACKUP_RETENTION', fallback: '14d 8w 12m', about: 'The last backup of so many days, weeks and months is kept.' },
  {
    name: 'BACKUP_LOG',
    fallback: '5',
    about:
      'SQLite: after how many seconds (1 to 60) a change is in the change log, from which any moment is restored; off: no log. Not set, and BACKUP_SCHEDULE=off: off.',
  },
  { name: 'BACKUP_KEY_FILE', fallback: '', about: 'A file with 64 hexadecimal digits: backups are encrypted with it.' },
  {
    name: 'BACKUP_SCRATCH',
    fallback: '',
    about:
      'The folder for the plain copy a backup or a drill works on; empty: BACKUP_DIRECTORY, with a key the folder of the SQLite file, with PostgreSQL that around BACKUP_DIRECTORY.',
  },
  {
    name: 'BACKUP_PHYSICAL',
    fallback: '',
    about:
      'PostgreSQL: the folder for physical backups and the archived log (pgBackRest), from which any moment is restored; empty: none.',
  },
  {
    name: 'BACKUP_PHYSICAL_REPOSITORY',
    fallback: '',
    about:
      'Where these are stored: a folder, best on another disk, or s3://bucket/prefix?endpoint=HOST&region=NAME (style=path); empty: repository in BACKUP_PHYSICAL.',
  },
  {
    name: 'BACKUP_S3_KEY_FILE',
    fallback: '',
    about: 'A file with two lines, the access key and its secret, for a repository in object storage.',
  },
  {
    name: 'POSTGRES_BIN',
    fallback: '',
    about: 'The folder of PostgreSQL’s server programs, with which a restored cluster is tried out; empty: looked for.',
  },
];

function scheduleIn(text: string): { readonly minuteOfDay: number | undefined } | string {
  if (text.toLowerCase() === 'off') return { minuteOfDay: undefined };
  const found = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  return found === null
    ? 'is neither off nor a time of day such as 03:00'
    : { minuteOfDay: Number(found[1]) * 60 + Number(found[2]) };
}

function logIn(text: string): { readonly seconds: number | undefined } | string {
  if (text.toLowerCase() === 'off') return { seconds: undefined };
  const seconds = wholeNumber(1, 60)(text);
  return typeof seconds === 'string' ? 'is neither off nor a whole number of seconds from 1 to 60' : { seconds };
}

function retentionIn(text: string): Retention | string {
  const found = /^(\d{1,4})d (\d{1,4})w (\d{1,4})m$/.exec(text.trim().replace(/\s+/g, ' '));
  if (found === null) return 'is not of the form 14d 8w 12m';
  const [days, weeks, months] = found.slice(1).map(Number) as [number, number, number];
  return days + weeks + months === 0 ? 'would keep nothing' : { days, weeks, months };
}

/** An address of a site, without what follows the host; or what is wrong with it. */
function publicUrlIn(text: string): { readonly origin: string | undefined } | string {
  if (text === '') return { origin: undefined };
  if (!URL.canParse(text)) return 'is not an address such as https://cards.example.org';
  const { protocol, origin, pathname, search, hash, username } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'is neither https nor http';
  if (pathname !== '/' || search !== '' || hash !== '' || username !== '')
    return 'has more in it than a scheme, a name and a port';
  return { origin };
}

function mailIn(url: string, from: string, origin: string | undefined): { readonly mail: MailSettings | undefined } | string {
  if (url === '') return { mail: undefined };
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^smtps?:$/.test(parsed.protocol) || parsed.hostname === '')
    return 'is not an address such as smtp://name:password@mail.example.org:587';
  if (!/^([^<>@\s][^<>@]*<)?[^\s@<>]+@[^\s@<>]+>?$/.test(from)) return 'needs MAIL_FROM, such as FlashCase <cards@example.org>';
  if (origin === undefined) return 'needs PUBLIC_URL, for the links in mails';
  return { mail: { url, from } };
}

/** The backups' folder where none is named: on the disk of the file, so that it works without being set up. */
const backupsBeside = (address: DatabaseAddress, folder: string): string =>
  address.engine === 'sqlite' ? `${address.file}.backups` : resolve(folder, 'flashcase-backups');

/** A path that stands in commands of PostgreSQL (archive_command) and in the tool's configuration: what would need quoting there is refused. */
const PLAIN_PATH = /^[\w./@:+=,-]+$/;

function repositoryIn(text: string, folder: string, directory: string, keyFile: string | undefined): Repository | string {
  if (text === '') return { kind: 'folder', path: `${directory}/repository` };
  if (!/^s3:\/\//i.test(text)) {
    const path = isAbsolute(text) ? text : resolve(folder, text);
    return PLAIN_PATH.test(path) ? { kind: 'folder', path } : 'has characters that cannot stand in a command of PostgreSQL';
  }
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/[\w./-]*)?\?(.+)$/i.exec(text);
  const query = new URLSearchParams(found?.[3] ?? '');
  const [endpoint, region, style] = [query.get('endpoint'), query.get('region'), query.get('style') ?? 'host'];
  if (found === null || !/^[\w.:-]+$/.test(endpoint ?? '') || !/^[\w-]+$/.test(region ?? '') || !/^(host|path)$/.test(style))
    return 'is not of the form s3://bucket/prefix?endpoint=HOST&region=NAME';
  if (keyFile === undefined) return 'is in object storage, and BACKUP_S3_KEY_FILE names no file with the key for it';
  return {
    kind: 's3',
    bucket: found[1] as string,
    path: found[2] ?? '/',
    endpoint: endpoint as string,
    region: region as string,
    uriStyle: style as 'host' | 'path',
    keyFile,
  };
}

const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way.split(sep)[0] !== '..' && !isAbsolute(way);
};

/**
 * Once there is a key, nothing plain may lie where the backups are; beside the database it lies beside what is plain anyway. The folder a command is typed in has no part in it: every command and the
 * server must find what a killed one left.
 */
function scratchFor(address: DatabaseAddress, { directory, keyFile }: Pick<BackupSettings, 'directory' | 'keyFile'>): string {
  if (keyFile === undefined) return directory;
  return dirname(address.engine === 'sqlite' ? address.file : directory);
}

/**
 * Reads and checks all settings. Throws one `FC_SETTINGS_INVALID` that lists every problem.
 * @param folder relative file paths start here.
 */
export function readSettings(env: Env, folder: string): Settings {
  const problems: string[] = [];
  const text = (name: string): string =>
    env.get(name)?.value || (SETTINGS.find((setting) => setting.name === name)?.fallback ?? '');
  const value = <T>(
    name: string,
    read: (text: string) => T | string,
    isValid: (value: T | string) => value is T,
    fallback: T,
  ): T => {
    const result = read(text(name));
    if (isValid(result)) return result;
    problems.push(`${name} ${result as string}`);
    return fallback;
  };
  const number = (name: string, minimum: number, maximum: number): number =>
    value<number>(name, wholeNumber(minimum, maximum), (result): result is number => typeof result === 'number', 0);
  const oneOf = (name: string, allowed: readonly string[]): string => {
    if (!allowed.includes(text(name).toLowerCase())) problems.push(`${name} is not one of ${allowed.join(', ')}`);
    return text(name).toLowerCase();
  };

  const address = value<DatabaseAddress>(
    'DATABASE_URL',
    (url) => parseDatabaseUrl(url, folder),
    (result): result is DatabaseAddress => typeof result !== 'string',
    {
      engine: 'sqlite',
      file: '',
    },
  );
  const direct = text('DATABASE_DIRECT_URL');
  const directAddress = direct === '' ? undefined : parseDatabaseUrl(direct, folder);
  if (typeof directAddress === 'string') problems.push(`DATABASE_DIRECT_URL ${directAddress}`);
  else if (directAddress?.engine === 'sqlite') problems.push('DATABASE_DIRECT_URL is not a PostgreSQL URL');
  const replicaUrls: string[] = [];
  for (const url of splitUrls(text('DATABASE_REPLICA_URLS'))) {
    const replica = parseDatabaseUrl(url, folder);
    if (typeof replica === 'string') problems.push(`DATABASE_REPLICA_URLS ${replica}`);
    else if (replica.engine === 'sqlite') problems.push('DATABASE_REPLICA_URLS names a file; replicas are PostgreSQL servers');
    else replicaUrls.push(replica.url);
  }
  const trustProxy = text('TRUST_PROXY').toLowerCase();
  for (const proxy of trustProxy === 'true' || trustProxy === 'false' ? [] : trustProxy.split(',')) {
    const [address = '', bits, ...rest] = proxy.trim().split('/');
    const isNetwork = bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (isIP(address) === 6 ? 128 : 32));
    if (isIP(address) === 0 || !isNetwork || rest.length > 0) {
      problems.push(`TRUST_PROXY names ${JSON.stringify(proxy.trim())}, which is neither true, false, an address nor a network`);
    }
  }
  const named = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  const { minuteOfDay } = value<{ readonly minuteOfDay: number | undefined }>(
    'BACKUP_SCHEDULE',
    scheduleIn,
    (result): result is { readonly minuteOfDay: number | undefined } => typeof result !== 'string',
    { minuteOfDay: undefined },
  );
  const maintenance = value<{ readonly minuteOfDay: number | undefined }>(
    'MAINTAIN_SCHEDULE',
    scheduleIn,
    (result): result is { readonly minuteOfDay: number | undefined } => typeof result !== 'string',
    { minuteOfDay: undefined },
  );
  const { seconds } = value<{ readonly seconds: number | undefined }>(
    'BACKUP_LOG',
    logIn,
    (result): result is { readonly seconds: number | undefined } => typeof result !== 'string',
    { seconds: undefined },
  );
  // Nights prune the log: without them it grows for ever, and nobody asked for it.
  const isLogUnwanted = minuteOfDay === undefined && (env.get('BACKUP_LOG')?.value ?? '') === '';
  const backups = {
    directory: text('BACKUP_DIRECTORY') === '' ? backupsBeside(address, folder) : named(text('BACKUP_DIRECTORY')),
    minuteOfDay,
    logSeconds: isLogUnwanted ? undefined : seconds,
    retention: value<Retention>('BACKUP_RETENTION', retentionIn, (result): result is Retention => typeof result !== 'string', {
      days: 0,
      weeks: 0,
      months: 0,
    }),
    keyFile: text('BACKUP_KEY_FILE') === '' ? undefined : named(text('BACKUP_KEY_FILE')),
  };
  const physical = ((): PhysicalSettings | undefined => {
    if (text('BACKUP_PHYSICAL') === '') return undefined;
    const directory = named(text('BACKUP_PHYSICAL'));
    if (!PLAIN_PATH.test(directory)) problems.push('BACKUP_PHYSICAL has characters that cannot stand in a command of PostgreSQL');
    const repository = value<Repository>(
      'BACKUP_PHYSICAL_REPOSITORY',
      (given) =>
        repositoryIn(given, folder, directory, text('BACKUP_S3_KEY_FILE') === '' ? undefined : named(text('BACKUP_S3_KEY_FILE'))),
      (result): result is Repository => typeof result !== 'string',
      { kind: 'folder', path: directory },
    );
    return { directory, repository, postgresBin: text('POSTGRES_BIN') === '' ? undefined : named(text('POSTGRES_BIN')) };
  })();
  const isNamed = text('BACKUP_SCRATCH') !== '';
  const scratch = isNamed ? named(text('BACKUP_SCRATCH')) : scratchFor(address, backups);
  if (backups.keyFile !== undefined && isWithin(backups.directory, scratch))
    problems.push(
      `BACKUP_SCRATCH ${isNamed ? '' : `is not set, and ${scratch}, where the plain copy would be made, `}lies in BACKUP_DIRECTORY, where nothing may lie unencrypted once BACKUP_KEY_FILE is set`,
    );
  const backup: BackupSettings = { ...backups, scratch, physical };
  const { origin } = value<{ readonly origin: string | undefined }>(
    'PUBLIC_URL',
    publicUrlIn,
    (result): result is { readonly origin: string | undefined } => typeof result !== 'string',
    { origin: undefined },
  );
  const { mail } = value<{ readonly mail: MailSettings | undefined }>(
    'SMTP_URL',
    (url) => mailIn(url, text('MAIL_FROM'), origin),
    (result): result is { readonly mail: MailSettings | undefined } => typeof result !== 'string',
    { mail: undefined },
  );
  const metricsToken = text('METRICS_TOKEN');
  if (metricsToken !== '' && !/^[\x21-\x7e]{16,}$/.test(metricsToken))
    problems.push('METRICS_TOKEN is shorter than 16 characters, or has one that a header cannot carry');
  const settings: Settings = {
    backup,
    maintainMinuteOfDay: maintenance.minuteOfDay,
    publicUrl: origin,
    mail,
    metricsToken: metricsToken === '' ? undefined : metricsToken,
    database: address,
    directUrl: typeof directAddress === 'object' && directAddress.engine === 'postgres' ? directAddress.url : undefined,
    replicaUrls,
    poolSize: number('DB_POOL_SIZE', 1, 10_000),
    maxOverflow: number('DB_MAX_OVERFLOW', 0, 10_000),
    poolTimeoutSeconds: number('DB_POOL_TIMEOUT', 1, 3600),
    poolRecycleSeconds: number('DB_POOL_RECYCLE', -1, 31_536_000),
    statementTimeoutSeconds: number('DB_STATEMENT_TIMEOUT', 1, 86_400),
    whenPending: oneOf('DB_REVISIONS', ['wait', 'fail', 'serve-old']) as WhenPending,
    host: text('HOST'),
    port: number('PORT', 0, 65_535),
    workers: number('WORKERS', 1, 64),
    isDevelopment: oneOf('ENVIRONMENT', ['production', 'development']) === 'development',
    isDebug: oneOf('DEBUG', ['true', 'false', '1', '0']).match(/^(true|1)$/) !== null,
    trustProxy: trustProxy === 'true' ? true : trustProxy === 'false' ? false : trustProxy,
    maxCards: number('MAX_CARDS_PER_USER', 0, 2_147_483_647) || undefined,
    tokenDays: number('TOKEN_DAYS', 1, 3650),
    mediaQuotaMegabytes: number('MEDIA_QUOTA_MB', 0, 1_000_000),
    logLevel: oneOf('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace']),
  };
  if (problems.length > 0) {
    throw new FlashcaseError('FC_SETTINGS_INVALID', {
      what: `${problems.length === 1 ? 'A setting is' : `${problems.length} settings are`} not usable: ${problems.join('; ')}.`,
      hint: 'Correct them in the environment or .env; flashcase settings prints all of them with their source.',
      details: { problems },
    });
  }
  return settings;
}

/** Every setting with its value and source, secrets hidden. */
export function describeSettings(env: Env): { name: string; value: string; source: string; about: string }[] {
  return SETTINGS.map(({ name, fallback, about, isSecret, isHidden }) => {
    const found = env.get(name);
    const value = found?.value || fallback;
    return {
      name,
      value:
        isHidden === true && value !== '' ? '***' : isSecret === true ? splitUrls(value).map(withoutPassword).join(',') : value,
      source: found?.value ? found.source : 'default',
      about,
    };
  });
}
