/** Writes N entries one after the other and ends: `sequential.child.ts URL N full|normal`. */
import { openEngine } from '../engine/open.ts';
import { ledger, prepareLedger, writeEntry } from './ledger.ts';
import { weakenSyncs } from './synchronous-normal.ts';

const [url = '', count = '0', synchronous = 'full'] = process.argv.slice(2);
if (synchronous === 'normal') weakenSyncs();
const engine = openEngine({ url }, { schema: ledger });
await prepareLedger(engine, 1);
for (let turn = 0; turn < Number(count); turn++)
  await writeEntry(engine, `0-${turn}`, { client: 0, amount: '1', note: '', isDoomed: false });
await engine.close();
