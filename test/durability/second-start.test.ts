// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engines, newestServers } from '../support/database.ts';
import { ServerProcess } from '../support/load-server.ts';

for (const target of newestServers(engines())) {
  test(`a second start on ${target.name} answers and stops in order`, { skip: target.skip }, async (context) => {
    const place = await target.fresh();
    try {
      const times: number[] = [];
      for (let start = 0; start < 3; start++) {
        const server = await ServerProcess.start(place);
        times.push(Math.round(server.startedInMs));
        assert.equal(await server.end('SIGTERM'), 0);
      }
      // Not asserted: the machine is busy with other tests. bench/server measures it alone.
      context.diagnostic(`ms to the first answer: ${times.join(', ')} (the first makes the tables)`);
    } finally {
      await place.drop();
    }
  });
}
