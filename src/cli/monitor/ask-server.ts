import type { Settings } from '../../db/settings.ts';
import type { ServerState } from '../../ops/monitor/read-state.ts';

/** A server of this machine answers in far less. */
const ANSWER_MS = 2000;

/** Asks the server of these settings; absent where none answers here, or it tells nobody without its token. */
async function ask({ host, port, metricsToken }: Settings, path: string): Promise<Response | undefined> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${name}:${port}${path}`, {
      headers: metricsToken === undefined ? {} : { authorization: `Bearer ${metricsToken}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return answer.ok ? answer : undefined;
  } catch {
    // Nobody listens there, or it is another program: whoever asked says that no server answered.
    return undefined;
  }
}

/** What the server of these settings knows; absent where none answers here. */
export async function askServer(settings: Settings): Promise<ServerState | undefined> {
  const answer = await ask(settings, '/metrics/server');
  return answer?.json().catch(() => undefined) as Promise<ServerState | undefined> | undefined;
}

/** Its `/metrics`; absent where none answers here. */
export async function askMetrics(settings: Settings): Promise<string | undefined> {
  return (await ask(settings, '/metrics'))?.text().catch(() => undefined);
}
