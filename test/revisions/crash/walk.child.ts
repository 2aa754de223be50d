import { schema } from '../../../src/schema/index.ts';
import { openEngine } from '../../engine/open.ts';
import { type Direction, walk, watched } from './walk.ts';

/** Walks the revisions, and kills itself before its n-th statement. */
const [, , url = '', direction = 'up', killAt = '0'] = process.argv;
const engine = openEngine({ url }, { schema: schema({}) });
process.stdout.write('walking\n');
let count = 0;
await walk(
  watched(engine, () => {
    count++;
    if (count === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  }),
  direction as Direction,
);
await engine.close();
