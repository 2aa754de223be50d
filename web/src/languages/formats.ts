/**
 * Formats of Intl. To make one takes a hundred times as long as to use it, and a page of numbers uses the same few again and again: each is
 * made once for a locale.
 */
function once<Given extends readonly unknown[], Format>(make: (...given: Given) => Format): (...given: Given) => Format {
  const made = new Map<string, Format>();
  return (...given) => {
    const key = JSON.stringify(given);
    const known = made.get(key);
    if (known !== undefined) return known;
    const format = make(...given);
    made.set(key, format);
    return format;
  };
}

export const numberFormat = once((...how: ConstructorParameters<typeof Intl.NumberFormat>) => new Intl.NumberFormat(...how));
export const dateFormat = once((...how: ConstructorParameters<typeof Intl.DateTimeFormat>) => new Intl.DateTimeFormat(...how));
export const pluralRules = once((...how: ConstructorParameters<typeof Intl.PluralRules>) => new Intl.PluralRules(...how));
