import { connect as connectTo, createServer, type Socket } from 'node:net';

/** A network between FlashCase and a server, which can fail. */
export interface Proxy {
  /** The server's URL through it. */
  readonly url: string;
  /** Ends what is open, and refuses everybody. */
  cut(): void;
  /** Lets bytes through no more, and tells nobody. */
  stall(): void;
  /** Connections that FlashCase gave up while nothing came through. */
  givenUp(): number;
  restore(): void;
  close(): Promise<void>;
}

export async function startProxy(serverUrl: string): Promise<Proxy> {
  const target = new URL(serverUrl);
  const open = new Set<Socket>();
  let givenUp = 0;
  let state: 'up' | 'cut' | 'stalled' = 'up';
  const server = createServer((client) => {
    if (state === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connectTo(Number(target.port), target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on('data', (chunk) => {
        if (state === 'up') to.write(chunk);
      });
      from.on('error', () => {});
      from.on('close', () => {
        open.delete(from);
        if (from === client && state === 'stalled') givenUp++;
        to.destroy();
      });
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as { port: number }).port);
  const end = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: url.toString(),
    cut() {
      state = 'cut';
      end();
    },
    stall() {
      state = 'stalled';
    },
    givenUp: () => givenUp,
    restore() {
      // What was swallowed is gone: connections of that time are of no use.
      if (state === 'stalled') end();
      state = 'up';
    },
    async close() {
      end();
      await new Promise((done) => server.close(done));
    },
  };
}
