import { carriedTables } from '../../src/move/carried-tables.ts';
import { openReverse } from '../../src/move/follow/reverse.ts';
import { Rules } from '../../src/move/plan/rules.ts';
import { club } from './reverse-pair.ts';

/** Carries once in a process of its own: `reverse-child.ts file url`. */
const [sqliteFile = '', postgresUrl = ''] = process.argv.slice(2);
const tables = carriedTables(club, []);
const carrier = await openReverse({ schema: club, tables, sqliteFile, postgresUrl, runId: 'mv-1', rules: new Rules([]) });
await carrier.claim('child');
process.stdout.write('begins\n');
await carrier.carry();
await carrier.close();
process.stdout.write('done\n');
