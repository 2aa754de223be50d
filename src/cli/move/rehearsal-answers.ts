import { type Clock, systemClock } from '../../db/clock.ts';
import { openDatabase } from '../../db/database.ts';
import type { Settings } from '../../db/settings.ts';
import { onFile, onServer } from '../../db/sides.ts';
import { busiestUsers } from '../../db/stores/users.ts';
import type { DifferentAnswer } from '../../move/answers/answer-files.ts';
import { answerDifference } from '../../move/answers/difference.ts';
import type { AskBothSides, RehearsedSides } from '../../move/answers/rehearsed-answers.ts';
import { mediaIn } from '../../notes/media.ts';
import { openLogin } from '../../services/accounts.ts';
import { settleSearch } from '../../services/search-upkeep.ts';
import { type AskedSide, askSide } from './ask-side.ts';

/** Users whose reads are rehearsed unless so many are named, those with most reviews: their answers are the longest. */
export const USERS = 20;
/** Of each user: ids a route is asked about, and pages a list is followed. */
const IDS = 20;
const PAGES = 20;
/** Differences that are named. */
const NAMED = 100;

const API = '/api/v1/';
/** What is said of the installation itself differs between the sides. */
const OF_A_SIDE = ['move', 'admin/database'];

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}

type Known = ReadonlyMap<string, readonly string[]>;

/** The reads of an API's description, with every id that is known in the place of its name; those that need something else are left out. */
export function readsOf(description: Record<string, unknown>, known: Known): string[] {
  const paths = description.paths as Readonly<Record<string, { readonly get?: { readonly parameters?: readonly Parameter[] } }>>;
  return Object.entries(paths).flatMap(([path, { get }]) => {
    if (get === undefined || !path.startsWith(API) || OF_A_SIDE.some((own) => path.startsWith(`${API}${own}`))) return [];
    const parameters = get.parameters ?? [];
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    const asked = inPath.reduce<string[]>(
      (urls, { name }) => urls.flatMap((url) => (known.get(name) ?? []).map((id) => url.replace(`{${name}}`, id))),
      [path],
    );
    const inQuery = parameters.filter((parameter) => parameter.in === 'query');
    const narrowed = inQuery.flatMap(({ name }) =>
      asked.flatMap((url) => (known.get(name) ?? []).map((id) => `${url}?${name}=${id}`)),
    );
    if (inQuery.some(({ required }) => required === true)) return narrowed;
    // A table as a file has the rows of its JSON, which is asked for each deck: once is enough to see that it is written alike.
    return path.endsWith('.csv') ? asked : [...asked, ...narrowed];
  });
}

/** The ids an answer gives, as it writes them: they have more digits than a number keeps. */
const idsIn = (body: string): string[] => [...body.matchAll(/"id":(\d+)/g)].slice(0, IDS).map(([, id]) => id as string);

/** The pictures and sounds that an answer shows. */
const mediaShown = (body: string): string[] => [...mediaIn(body)].slice(0, IDS);

/** Asks FlashCase on both sides of a rehearsed move what its users ask. */
export function askFlashcase(settings: Settings, users = USERS): AskBothSides {
  const tokens: string[] = [];
  const sidesOf = ({ sqliteFile, postgresUrl }: RehearsedSides) => {
    const peer = { sqliteFile, postgresUrl };
    return { sqlite: onFile(settings, peer), postgres: onServer(settings, peer) };
  };
  return {
    async prepare(sqliteFile) {
      const database = openDatabase(sidesOf({ sqliteFile, postgresUrl: '' }).sqlite, systemClock());
      try {
        await database.write(async (session) => {
          for (const user of await busiestUsers(session, users))
            tokens.push(await openLogin(session, user, { kind: 'api', days: 1 }));
        });
        // A file that no server has opened since has no full-text index, and who compares only reads.
        await settleSearch(database);
      } finally {
        await database.close();
      }
    },
    async compare(sides) {
      const now = systemClock().now();
      const clock: Clock = { now: () => now };
      const settingsOf = sidesOf(sides);
      const sqlite = await askSide(settingsOf.sqlite, clock);
      try {
        const postgres = await askSide(settingsOf.postgres, clock);
        try {
          return { ...(await compareFor(tokens, sqlite, postgres, now.text)), users: tokens.length };
        } finally {
          await postgres.close();
        }
      } finally {
        await sqlite.close();
      }
    },
  };
}

async function compareFor(
  tokens: readonly string[],
  sqlite: AskedSide,
  postgres: AskedSide,
  at: string,
): Promise<{ equal: number; differences: readonly DifferentAnswer[] }> {
  let equal = 0;
  const differences: DifferentAnswer[] = [];
  for (const token of [...tokens, undefined]) {
    const ids = async (list: string): Promise<string[]> => idsIn((await sqlite.ask({ url: `${API}${list}`, token })).body);
    const known = new Map([
      ['deck_id', await ids('decks/')],
      ['card_id', await ids('cards/')],
      ['note_id', await ids('notes/')],
      ['exam_id', await ids('exams/')],
      // Administrators are asked about people; to everybody else there are none.
      ['user_id', await ids('admin/users')],
      ['sha256', mediaShown((await sqlite.ask({ url: `${API}cards/`, token })).body)],
    ]);
    for (const url of readsOf(sqlite.description(), known)) {
      for (let next: string | undefined = url, page = 0; next !== undefined && page < PAGES; page++) {
        const request: string = next;
        const asked = { url: request, token };
        const [left, right] = await Promise.all([sqlite.ask(asked), postgres.ask(asked)]);
        const found = answerDifference(left, right);
        if (found === undefined) equal++;
        else if (differences.length < NAMED)
          differences.push({ at, request: `GET ${request}`, where: found.where, sqlite: found.a, postgres: found.b });
        const after = left.headers['X-Next-After'];
        next = after === undefined ? undefined : `${url}${url.includes('?') ? '&' : '?'}after=${after}`;
      }
    }
  }
  return { equal, differences };
}
