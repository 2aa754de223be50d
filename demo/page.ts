import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Picture } from './picture.ts';

const html = readFileSync(new URL('./page.html', import.meta.url));

/** Shows the picture in a browser, as it grows. On loopback only. @returns its address, and what ends it. */
export async function showPicture(
  picture: Picture,
  about: { readonly app: string; readonly students: number },
): Promise<{
  readonly url: string;
  close(): void;
}> {
  const server = createServer((request, response) => {
    if (request.url === '/events') return follow(picture, about, response);
    response.writeHead(request.url === '/' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
    response.end(request.url === '/' ? html : '');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Server-sent events: everything so far, then each sample. */
function follow(picture: Picture, about: object, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const send = (value: object): boolean => response.write(`data: ${JSON.stringify(value)}\n\n`);
  let marks = picture.marks.length;
  send({ about, samples: picture.samples, marks: picture.marks });
  const unwatch = picture.watch(() => {
    send({ samples: picture.samples.slice(-1), marks: picture.marks.slice(marks) });
    marks = picture.marks.length;
  });
  response.on('close', unwatch);
}
