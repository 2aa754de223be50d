/** What stands in place of a secret. */
const HIDDEN = '***';

type Instead = string | ((whole: string, name: string, between: string, value: string) => string);

/** The value of what has the name of a secret. A number of JSON stays, a count of rows; so does the form of JSON. */
const hidden: Instead = (whole, name, between, value) => {
  if (/^["']\s*:/.test(between) && /^-?\d+(?:\.\d+)?$/.test(value)) return whole;
  const quote = /^["']/.exec(value)?.[0] ?? '';
  return `${name}${between}${quote}${HIDDEN}${quote}`;
};

const RULES: readonly (readonly [RegExp, Instead])[] = [
  // The last @ before the end of the word: a password may have one that nobody encoded.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/?#'"]*):[^\s'"]*@/gi, `$1:${HIDDEN}@`],
  [/\b(authorization|proxy-authorization|cookie|set-cookie)(["']?\s*[:=]\s*)[^\r\n]*/gi, `$1$2${HIDDEN}`],
  [/\b(bearer|basic)\s+[^\s'",;]+/gi, `$1 ${HIDDEN}`],
  [
    /([a-z0-9_-]*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|credentials?)[a-z0-9_-]*)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s&,;}\])]+)/gi,
    hidden,
  ],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/[^\s@<>"'(),;:/=]+@[^\s@<>"'(),;:/]+\.[a-z]{2,}/gi, `${HIDDEN}@${HIDDEN}`],
  // Keys, tokens and the hashes of both.
  [/(?<![\w-])[A-Za-z0-9_-]{40,}={0,2}(?![\w-])/g, HIDDEN],
];

/**
 * A text without what opens an account, a server or a backup, and without addresses of people: passwords in URLs and settings, headers, cookies, keys,
 * tokens, e-mail addresses.
 */
export function redact(text: string): string {
  return RULES.reduce(
    (rest, [pattern, instead]) => (typeof instead === 'string' ? rest.replace(pattern, instead) : rest.replace(pattern, instead)),
    text,
  );
}

const SECRET_NAME = /password|passwd|passphrase|secret|token|api_?key|private_?key|cookie|authorization|email/i;

/** A value as JSON carries it, redacted: all of what has the name of a secret, and every text in it. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && typeof inner === 'string' && inner !== '' ? HIDDEN : redactValue(inner),
    ]),
  );
}
