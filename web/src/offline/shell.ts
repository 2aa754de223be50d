import { createStore } from '../lib/store.ts';
import { serviceWorkerUrl } from '../lib/trusted.ts';

/** A newer release of the page that waits for its reader's word. */
export const newVersion = createStore<ServiceWorker | undefined>(undefined);

/** How often an open page asks whether there is a newer one. */
const ASK_MS = 60 * 60_000;

let isAsked = false;

function watch(registration: ServiceWorkerRegistration): void {
  const tell = () => {
    // The first one of all replaces nobody: nothing is to be said.
    if (registration.waiting !== null && navigator.serviceWorker.controller !== null) newVersion.set(registration.waiting);
  };
  tell();
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', tell));
  const ask = () => void registration.update().catch(() => undefined);
  setInterval(ask, ASK_MS);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') ask();
  });
}

/**
 * Keeps the page in this browser, so that it opens without a connection. Browsers do that for https and for this machine itself only:
 * elsewhere the page works as long as there is a connection.
 */
export function keepShell(): void {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // Other tabs go on with what they have: somebody may study there.
    if (isAsked) window.location.reload();
  });
  navigator.serviceWorker.register(serviceWorkerUrl(), { updateViaCache: 'none' }).then(watch, (error: unknown) => {
    console.warn('This page is not kept for times without a connection.', error);
  });
}

/** Goes over to the newer release. Answers that are not yet saved are kept apart from the page, and stay. */
export function takeNewVersion(): void {
  const worker = newVersion.get();
  // Another tab went over before: this one only has to follow.
  if (worker === undefined || worker.state === 'activated') {
    window.location.reload();
    return;
  }
  isAsked = true;
  worker.postMessage('take over');
}
