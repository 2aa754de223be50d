import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail as a mail server took it. */
export interface Received {
  readonly to: readonly string[];
  readonly text: string;
}

/** A real mail server: what it took, as it came over the wire. */
export async function startMailServer(): Promise<{
  url: string;
  mails: Received[];
  refuse(isRefusing: boolean): void;
  stop(): Promise<void>;
}> {
  const mails: Received[] = [];
  let isRefusing = false;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) =>
      username === 'cards' && password === 'p@ss' ? done(null, { user: 'cards' }) : done(new Error('no')),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (isRefusing) return done(new Error('the queue is full'));
        // Quoted-printable: a line may be broken anywhere.
        const text = Buffer.concat(chunks).toString('utf8').replaceAll('=\r\n', '').replaceAll('=3D', '=');
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  // A client that hangs up is none of its troubles.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://cards:p%40ss@127.0.0.1:${port}`,
    mails,
    refuse: (refusing) => {
      isRefusing = refusing;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
