import type { Settings } from '../../db/settings.ts';
import type { ServerState } from '../../ops/monitor/read-state.ts';

/** A server of this machine answers in far less. */
const ANSWER_MS = 2000;

/** What the server of these settings knows; absent where none answers here, or it tells nobody without its token. */
export async function askServer({ host, port, metricsToken }: Settings): Promise<ServerState | undefined> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${name}:${port}/metrics/server`, {
      headers: metricsToken === undefined ? {} : { authorization: `Bearer ${metricsToken}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return answer.ok ? ((await answer.json()) as ServerState) : undefined;
  } catch {
    // Nobody listens there, or it is another program: the monitor says that no server answered.
    return undefined;
  }
}
