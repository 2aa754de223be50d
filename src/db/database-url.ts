import { isAbsolute, resolve } from 'node:path';

export type DatabaseAddress =
  | { readonly engine: 'sqlite'; readonly file: string }
  | { readonly engine: 'postgres'; readonly url: string };

/**
 * Reads a database URL: `sqlite:///./file` (relative to `folder`), `sqlite:////abs/file`, `postgresql://`, `postgres://`, and
 * SQLAlchemy's forms with a driver (`postgresql+asyncpg://`, `sqlite+aiosqlite:///`), as the original app's settings have them.
 * Returns a sentence saying what is wrong for anything else; the sentence never holds the password.
 */
export function parseDatabaseUrl(text: string, folder: string): DatabaseAddress | string {
  const scheme = /^([a-z0-9]+)(?:\+[a-z0-9_]+)?:\/\//i.exec(text);
  if (scheme === null)
    return 'is not a database URL; examples: sqlite:///./flashcase.db, postgresql://user:password@host:5432/flashcase';
  const rest = text.slice(scheme[0].length);
  const kind = scheme[1]?.toLowerCase();
  if (kind === 'sqlite') {
    if (!rest.startsWith('/'))
      return 'needs three slashes before a relative and four before an absolute path: sqlite:///./flashcase.db';
    const path = decodeURIComponent(rest.slice(1).split('?')[0] ?? '');
    if (path === '' || path === ':memory:') return 'names no file; FlashCase does not keep data in memory only';
    return { engine: 'sqlite', file: isAbsolute(path) ? path : resolve(folder, path) };
  }
  if (kind === 'postgresql' || kind === 'postgres') {
    try {
      const url = new URL(`postgresql://${rest}`);
      if (url.pathname.length < 2) return 'names no database after the host';
      // libpq's and asyncpg's spellings of the same setting.
      const ssl = url.searchParams.get('ssl');
      if (ssl !== null && !url.searchParams.has('sslmode')) {
        url.searchParams.delete('ssl');
        url.searchParams.set('sslmode', ssl === 'true' ? 'require' : ssl);
      }
      return { engine: 'postgres', url: url.toString() };
    } catch {
      return 'cannot be read; special characters in the password must be percent-encoded (@ is %40, / is %2F)';
    }
  }
  return `has the scheme ${scheme[1]}, but only sqlite and postgresql are supported`;
}

/** The URLs of a list; a comma inside one of them (in a password) stays. */
export function splitUrls(text: string): string[] {
  return text
    .split(/,(?=\s*[a-z0-9+_]+:\/\/)/i)
    .map((url) => url.trim())
    .filter((url) => url !== '');
}

/** The URL with its password replaced, for printing; also of one that nobody encoded and that has an @ or a / in it. */
export function withoutPassword(text: string): string {
  return text.replace(/^([a-z0-9+]+:\/\/[^:@/?#]*):.*@/is, '$1:***@').replace(/([?&](?:ssl)?password=)[^&]*/gi, '$1***');
}
