/** Preloaded into a server for control runs: its SQLite writes are acknowledged when they have run, before their commit. */
import { WriteQueue } from '../../src/engine/sqlite/write-queue.ts';

const { add } = WriteQueue.prototype;
WriteQueue.prototype.add = function <T>(this: WriteQueue, work: Parameters<typeof add<T>>[0]): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    add
      .call(this, async (connection) => {
        const value = await work(connection);
        resolve(value);
        // The answer leaves before the commit, as it would from a server that does not wait.
        await new Promise((done) => setTimeout(done, 5));
        return value;
      })
      .catch(reject);
  });
};
