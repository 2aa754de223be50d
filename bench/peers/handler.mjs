// The plainest HTTP server that answers the two study routes: no framework, no validation, no gate, no limits.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const DAY = 86_400_000;

/** SM-2, as both servers compute it. */
export function nextState(state, quality) {
  const ease = Math.max(1.3, Math.round((state.ease_factor + 0.1 - (5 - quality) * (0.08 + (5 - quality) * 0.02)) * 100) / 100);
  if (quality < 3) return { ease_factor: ease, interval: 1, repetitions: 0 };
  const interval =
    state.repetitions === 0 ? 1 : state.repetitions === 1 ? 6 : Math.min(Math.round(state.interval * ease), 1_000_000);
  return { ease_factor: ease, interval, repetitions: state.repetitions + 1 };
}

/** A time as the tables hold it. */
export const text = (milliseconds) => `${new Date(milliseconds).toISOString().slice(0, -1).replace('T', ' ')}000`;
export const later = (days) => text(Date.now() + days * DAY);

/**
 * Serves `review` and `session` of a store; with `original` in the path those that read as the original app did.
 * @param store `{user(tokenHash), session(userId, deckId, limit), review(userId, cardId, quality, key), originalSession, originalReview}`,
 * each a value or a promise.
 */
export function serve(store, port) {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      try {
        const url = new URL(request.url, 'http://localhost');
        const [, shape, route, id] = url.pathname.split('/');
        const token = request.headers.authorization.slice('Bearer '.length);
        const user = await store.user(createHash('sha256').update(token).digest('hex'));
        let answer;
        if (route === 'session') {
          const limit = Number(url.searchParams.get('limit'));
          answer = await (shape === 'original' ? store.originalSession(user.id, id, limit) : store.session(user.id, id, limit));
        } else {
          const { quality } = JSON.parse(Buffer.concat(chunks).toString());
          const key = request.headers['idempotency-key'];
          answer = await (shape === 'original'
            ? store.originalReview(user.id, id, quality)
            : store.review(user.id, id, quality, key));
        }
        const body = JSON.stringify(answer);
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
        response.end(body);
      } catch (error) {
        console.error(error);
        response.writeHead(500, { 'content-length': 0 });
        response.end();
      }
    });
  });
  server.listen(port, '127.0.0.1', () => console.log('listening'));
}
