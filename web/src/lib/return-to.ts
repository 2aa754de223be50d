/** The address of the sign-in page that comes back to where the reader is now. */
export function signInAddress(from: string): string {
  return from === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(from)}`;
}

/** Where to go after signing in. Only a path of this page: an address in a link must not lead anywhere else. */
export function returnTo(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '/';
  const isOwn = URL.canParse(next, location.origin) && new URL(next, location.origin).origin === location.origin;
  return isOwn && next.startsWith('/') && !next.startsWith('//') ? next : '/';
}
