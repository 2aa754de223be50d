import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail as a mail server took it. */
export interface Received {
  readonly to: readonly string[];
  readonly text: string;
}

/** What a mail server says when it has a whole mail: later (4xx), never (5xx), or nothing: it has it, and hangs up. */
export type Answer = 'later' | 'never' | 'nothing';

export interface MailServer {
  readonly url: string;
  readonly mails: Received[];
  /** Also those it did not take. */
  readonly offered: Received[];
  /** `true` is the same as `later`. */
  refuse(how: boolean | Answer): void;
  stop(): Promise<void>;
}

/** A real mail server: what it took, as it came over the wire. */
export async function startMailServer(): Promise<MailServer> {
  const mails: Received[] = [];
  const offered: Received[] = [];
  let answer: Answer | undefined;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) =>
      username === 'cards' && password === 'p@ss' ? done(null, { user: 'cards' }) : done(new Error('no')),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        // Quoted-printable: a line may be broken anywhere.
        const text = Buffer.concat(chunks).toString('utf8').replaceAll('=\r\n', '').replaceAll('=3D', '=');
        const mail = { to: session.envelope.rcptTo.map(({ address }) => address), text };
        offered.push(mail);
        if (answer === 'later') return done(new Error('the queue is full'));
        if (answer === 'never') return done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
        mails.push(mail);
        if (answer === undefined) return done();
        for (const { _socket } of server.connections as Set<{ _socket: Socket }>) _socket.destroy();
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
    offered,
    refuse: (how) => {
      answer = how === true ? 'later' : how === false ? undefined : how;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
