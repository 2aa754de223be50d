import { type ErrorCode, FlashcaseError } from '../../errors/index.ts';
import { Timestamp } from '../../schema/index.ts';
import { STANZA } from './pgbackrest-config.ts';
import type { ArchivedLog, Inventory, PhysicalBackup, PhysicalSet, RestoreOrder, TimelineHistory } from './physical-backup.ts';
import { type Identity, programInPath, type Ran, run } from './run-program.ts';

/** The release that first knew a version of PostgreSQL; what is newer than the list is left to the tool to refuse. */
const FIRST_TO_SERVE: readonly (readonly [major: number, minor: number])[] = [
  [14, 34],
  [15, 41],
  [16, 48],
  [17, 54],
];
/** Bundles of small files, and the sums of them that `verify` reads. */
const OLDEST_MINOR = 41;

interface Found {
  readonly program: string;
  readonly version: string;
  readonly minor: number;
}

/** The tool in PATH. Throws `FC_PHYSICAL_SETUP` where there is none, or one that is too old. */
async function find(): Promise<Found> {
  const program = programInPath('pgbackrest');
  if (program === undefined)
    throw new FlashcaseError('FC_PHYSICAL_SETUP', {
      what: 'pgBackRest is not installed here.',
      hint: 'On the machine of PostgreSQL: apt-get install pgbackrest. For PostgreSQL 16 and newer take it from the packages of the PostgreSQL project (apt.postgresql.org): Debian 12 has one for 15 at most.',
    });
  const { output } = await run(program, ['version']);
  const [, version, first, second] = /pgBackRest ((\d+)\.(\d+)\S*)/.exec(output) ?? [];
  const minor = Number(first) > 2 ? Number.POSITIVE_INFINITY : Number(second);
  if (version !== undefined && minor >= OLDEST_MINOR) return { program, version, minor };
  throw new FlashcaseError('FC_PHYSICAL_SETUP', {
    what: `${program} is ${output.trim() || 'no pgBackRest'}; 2.${OLDEST_MINOR} or newer is needed.`,
    hint: 'Install a newer one, from Debian or apt.postgresql.org.',
  });
}

interface Info {
  readonly status: { readonly code: number; readonly message: string };
  readonly repo?: readonly { readonly status: { readonly message: string } }[];
  readonly db?: readonly { readonly id: number; readonly version: string; readonly 'system-id': string }[];
  readonly backup?: readonly {
    readonly label: string;
    readonly type: PhysicalSet['kind'];
    readonly error: boolean | null;
    readonly reference: readonly string[] | null;
    readonly archive: { readonly start: string; readonly stop: string };
    readonly info: { readonly size: number; readonly repository?: { readonly delta?: number } };
    readonly timestamp: { readonly start: number; readonly stop: number };
  }[];
}

/** Status codes of `info`: nothing there yet, and a stanza without a backup. */
const NOTHING = new Set([1, 2, 3]);

const momentOf = (seconds: number): Timestamp => Timestamp.fromMicros(BigInt(seconds) * 1_000_000n);
const SEGMENT = /(?:^|\/)([0-9A-F]{24})-[0-9a-f]{40}(?:\.\w+)?$/;

const HISTORY = /(?:^|\/)([0-9A-F]{8})\.history$/;
/** A line of such a file: the timeline that was left, where, and why. */
const FORK = /^\s*(\d+)\s+([0-9A-F]+)\/([0-9A-F]+)/gim;

/** What the tool said, without its own timestamps and process numbers. */
const said = ({ errors, output }: Ran): string =>
  (errors.trim() || output.trim()).replace(/^(?:\d{4}-\S+ \S+ )?P\d+ +/gm, '').replace(/\s*\n\s*/g, ' ');

/** What the tool says when a repository does not open with the passphrase, or is encrypted and none is given: its first file is no text then. */
const isAboutKey = (text: string): boolean =>
  /CryptoError|cipher header invalid|is or was the repo encrypted|key\/value found outside of section|No usable (backup|archive)\.info file/.test(
    text,
  );

export interface PgbackrestOptions {
  /** Its configuration. */
  readonly config: string;
  readonly as: Identity | undefined;
}

/** pgBackRest (https://pgbackrest.org), as Debian or the PostgreSQL project packages it. Throws `FC_PHYSICAL_SETUP` where it is not installed. */
export async function openPgbackrest({ config, as }: PgbackrestOptions): Promise<PhysicalBackup> {
  const { program, version, minor } = await find();
  const name = `pgBackRest ${version}`;
  const base = [`--config=${config}`, `--stanza=${STANZA}`];

  const failure = (what: string, code: ErrorCode, text: string): FlashcaseError =>
    isAboutKey(text)
      ? new FlashcaseError('FC_BACKUP_KEY', {
          what: 'The repository of the physical backups does not open with the key that is set, or needs one.',
          why: `${name} cannot read the first file in it.`,
          hint: 'Set BACKUP_KEY_FILE to the file with the key it was made with, or to none where it was made without one. With the right key that file is damaged: take the repository from another copy.',
        })
      : /unexpected control version|unable to (find|load).*control version/i.test(text)
        ? new FlashcaseError('FC_PHYSICAL_UNSERVED', {
            what: `${name} does not know this version of PostgreSQL.`,
            why: text,
            hint: 'Install the newest one, from apt.postgresql.org.',
          })
        : new FlashcaseError(code, {
            what,
            why: text || 'It said nothing.',
            hint: 'Correct what it names, then run the same command again.',
            details: { tool: name },
          });

  /** Runs a command of the tool; throws where it fails. */
  async function command(words: string, args: readonly string[], code: ErrorCode): Promise<string> {
    const ran = await run(program, [...base, ...args], { as });
    if (ran.code !== 0) throw failure(`${name} could not ${words}.`, code, said(ran));
    return ran.output;
  }

  async function archived(): Promise<Pick<Inventory, 'log' | 'histories'>> {
    const ran = await run(program, [...base, 'repo-ls', '--output=json', '--recurse', `archive/${STANZA}`], { as });
    if (ran.code !== 0) throw failure(`${name} could not list the archived log.`, 'FC_BACKUP_FAILED', said(ran));
    const files = JSON.parse(ran.output || '{}') as Record<string, { readonly time?: number; readonly type: string }>;
    const log = Object.entries(files)
      .flatMap(([path, { time }]): ArchivedLog[] => {
        const found = SEGMENT.exec(path);
        return found === null ? [] : [{ name: found[1] as string, archivedAt: momentOf(time ?? 0) }];
      })
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const histories: TimelineHistory[] = [];
    for (const [path, { time }] of Object.entries(files)) {
      const found = HISTORY.exec(path);
      if (found === null) continue;
      const text = await command(
        'read where a timeline comes from',
        ['repo-get', `archive/${STANZA}/${path}`],
        'FC_BACKUP_FAILED',
      );
      histories.push({
        timeline: Number.parseInt(found[1] as string, 16),
        parents: [...text.matchAll(FORK)].map(([, timeline, high, low]) => ({
          timeline: Number(timeline),
          leftAt: (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`),
        })),
        archivedAt: momentOf(time ?? 0),
      });
    }
    return { log, histories };
  }

  const fetchCommand = (folder: string): string => `${program} ${base.join(' ')} --pg1-path=${folder} archive-get %f "%p"`;

  return {
    name,
    requireServes(major) {
      const known = FIRST_TO_SERVE.find(([served]) => served === major);
      const needed = known?.[1] ?? (major > 17 ? 55 : OLDEST_MINOR);
      if (minor >= needed) return;
      throw new FlashcaseError('FC_PHYSICAL_UNSERVED', {
        what: `${name} does not serve PostgreSQL ${major}.`,
        why: known === undefined ? `No pgBackRest before 2.${needed} does.` : `pgBackRest 2.${needed} is the first that does.`,
        hint: `Install a newer pgBackRest from apt.postgresql.org. Until then: flashcase backup now (every row, without any tool of PostgreSQL), or pg_basebackup with pg_receivewal of PostgreSQL ${major} itself.`,
        details: { tool: name, major },
      });
    },
    async prepare() {
      await command('make the repository ready', ['stanza-create'], 'FC_BACKUP_FAILED');
    },
    async check() {
      await command('see a piece of log arrive in the repository', ['check'], 'FC_BACKUP_FAILED');
    },
    async take(kind) {
      await command('make a backup', ['backup', `--type=${kind}`], 'FC_BACKUP_FAILED');
    },
    async inventory(): Promise<Inventory> {
      const text = await command('read its repository', ['info', '--output=json'], 'FC_BACKUP_FAILED');
      // Numbers of clusters have 64 bits, and messages the bytes of what did not open.
      const [info] = JSON.parse(text.replace(/\p{Cc}+/gu, ' ').replace(/("system-id":)(\d+)/g, '$1"$2"')) as Info[];
      if (info !== undefined && info.status.code !== 0 && !NOTHING.has(info.status.code))
        throw failure(
          `${name} could not read its repository.`,
          'FC_BACKUP_FAILED',
          info.repo?.map(({ status }) => status.message).join('; ') ?? info.status.message,
        );
      const cluster = info?.db?.toSorted((a, b) => a.id - b.id).at(-1);
      return {
        cluster:
          cluster === undefined ? undefined : { major: Number.parseInt(cluster.version, 10), systemId: cluster['system-id'] },
        sets: (info?.backup ?? [])
          .map(
            (set): PhysicalSet => ({
              label: set.label,
              kind: set.type,
              startedAt: momentOf(set.timestamp.start),
              stoppedAt: momentOf(set.timestamp.stop),
              needs: set.reference ?? [],
              firstLog: set.archive.start,
              lastLog: set.archive.stop,
              clusterBytes: set.info.size,
              storedBytes: set.info.repository?.delta,
              isDamaged: set.error === true,
            }),
          )
          .toSorted((a, b) => (a.label < b.label ? -1 : 1)),
        ...(cluster === undefined ? { log: [], histories: [] } : await archived()),
      };
    },
    async verify() {
      const ran = await run(program, [...base, 'verify', '--output=text', '--verbose'], { as });
      if (ran.code !== 0) throw failure(`${name} could not read its repository to its end.`, 'FC_BACKUP_FAILED', said(ran));
      const lines = ran.output.split('\n').map((line) => line.trim());
      // It ends with 0 whatever it finds, and says it in its second line.
      if (lines.includes('status: ok')) return [];
      const found = lines
        .flatMap((line, i) => {
          const counts = lines[i + 1] ?? '';
          if (/: [1-9]\d*/.test(counts) && /^missing: /.test(counts)) return [`${line.split(',')[0]}: ${nonZero(counts)}`];
          return /No usable|status: (invalid|error|in-progress|manifest missing)/.test(line) && line !== 'status: error'
            ? [line]
            : [];
        })
        .join('; ');
      if (isAboutKey(found)) throw failure(`${name} could not read its repository.`, 'FC_BACKUP_FAILED', found);
      return [found || said(ran) || 'it does not say what'];
    },
    async remove(label) {
      await command('remove a backup', ['expire', `--set=${label}`], 'FC_BACKUP_FAILED');
    },
    async trimLog(fulls) {
      await command(
        'remove log that is past its time',
        ['expire', '--repo1-retention-archive-type=full', `--repo1-retention-archive=${fulls}`],
        'FC_BACKUP_FAILED',
      );
    },
    async restore({ into, set, target, timeline, finalFolder, tablespaces, keepsArchiving }: RestoreOrder) {
      const goal =
        target === 'end' ? ['--type=default'] : ['--type=time', `--target=${target.at.text}+00`, '--target-action=promote'];
      await command(
        'restore a backup',
        [
          `--pg1-path=${into}`,
          'restore',
          `--set=${set}`,
          ...goal,
          `--target-timeline=${timeline}`,
          `--archive-mode=${keepsArchiving ? 'preserve' : 'off'}`,
          `--recovery-option=restore_command=${fetchCommand(finalFolder)}`,
          `--tablespace-map-all=${tablespaces}`,
        ],
        'FC_RESTORE_FAILED',
      );
    },
    fetchCommand,
  };
}

/** `missing: 0, checksum invalid: 1` as what is not 0. */
const nonZero = (counts: string): string =>
  counts
    .split(', ')
    .filter((count) => !count.endsWith(': 0'))
    .join(', ');
