/** What the page needs of the browser's Trusted Types, which TypeScript does not know yet (w3c.github.io/trusted-types). */
interface Policy {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}
interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

const AS_IT_IS: Policy = { createHTML: (html) => html, createScriptURL: (url) => url };

/**
 * The one way by which text becomes HTML or a script's address: the server's Content-Security-Policy lets the browser refuse every other, in what is
 * written here later and in libraries too. Where a browser knows no Trusted Types the texts pass as they are.
 */
function makePolicy(): Policy {
  try {
    return (globalThis as { trustedTypes?: Factory }).trustedTypes?.createPolicy('flashcase', AS_IT_IS) ?? AS_IT_IS;
  } catch (error) {
    // A proxy in front that allows no policy: what needs one fails by itself, and the rest of the page is there.
    console.warn('This page may make no policy for Trusted Types.', error);
    return AS_IT_IS;
  }
}

const policy = makePolicy();

/** HTML as a document of its own, in which nothing runs and from which nothing is loaded. What is shown is built from it piece by piece (safe-html.tsx). */
export const parsedHtml = (html: string): Document => new DOMParser().parseFromString(policy.createHTML(html), 'text/html');

/** The address of the page's own service worker. */
export const serviceWorkerUrl = (): string => policy.createScriptURL('/service-worker.js');
