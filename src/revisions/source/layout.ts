/** Source text as a tree, so that it can be laid out in the width the house style allows. */
export type Node =
  | string
  | {
      readonly kind: 'object';
      readonly entries: readonly (readonly [key: string | undefined, value: Node])[];
      /** Over several lines, also where one would do. */
      readonly isExpanded?: true;
    }
  | { readonly kind: 'array'; readonly items: readonly Item[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Item[] };

/** A node with lines of comment above it. */
export interface Commented {
  readonly comments: readonly string[];
  readonly node: Node;
}

type Item = Node | Commented;

const WIDTH = 130;
const INDENT = 2;

export const call = (name: string, ...args: readonly Item[]): Node => ({ kind: 'call', name, args });
export const array = (items: readonly Item[]): Node => ({ kind: 'array', items });
/** Entries whose value is `undefined` are left out. */
export const object = (entries: readonly (readonly [string | undefined, Node | undefined])[]): Node => ({
  kind: 'object',
  entries: entries.filter((entry): entry is readonly [string | undefined, Node] => entry[1] !== undefined),
});

/** An object that is read line by line, also where it would fit on one. */
export const expanded = (entries: readonly (readonly [string | undefined, Node | undefined])[]): Node => ({
  ...(object(entries) as Extract<Node, { kind: 'object' }>),
  isExpanded: true,
});

/** Plain data as source. */
export function data(value: unknown): Node {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return array(value.map(data));
  if (typeof value === 'object' && value !== null)
    return object(Object.entries(value).map(([key, inner]) => [key, inner === undefined ? undefined : data(inner)]));
  return Object.is(value, -0) ? '-0' : String(value).replace('e+', 'e');
}

/** A string in the quotes that need the fewest backslashes. */
function quoted(text: string): string {
  const mark = text.split("'").length > text.split('"').length ? '"' : "'";
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return mark + inner.replaceAll(mark, `\\${mark}`) + mark;
}

/** `__proto__: value` would set the prototype and leave the entry out; a computed key is an entry like any other. */
const keyText = (key: string): string =>
  key === '__proto__' ? `['${key}']` : /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key) ? key : quoted(key);
const isCommented = (item: Item): item is Commented => typeof item === 'object' && 'comments' in item;
const nodeOf = (item: Item): Node => (isCommented(item) ? item.node : item);
const isList = (node: Node | undefined): boolean =>
  typeof node === 'object' &&
  ((node.kind === 'object' && node.entries.length > 0) || (node.kind === 'array' && node.items.length > 0));

/** The node on one line, or `undefined` where something in it needs a line of its own. */
function flat(node: Node): string | undefined {
  if (typeof node === 'string') return node;
  const join = (items: readonly Item[]): string | undefined => {
    const texts = items.map((item) => (isCommented(item) && item.comments.length > 0 ? undefined : flat(nodeOf(item))));
    return texts.includes(undefined) ? undefined : texts.join(', ');
  };
  if (node.kind === 'object') {
    if (node.isExpanded) return undefined;
    const texts = node.entries.map(([key, value]) => entryText(key, flat(value)));
    return texts.includes(undefined) ? undefined : texts.length === 0 ? '{}' : `{ ${texts.join(', ')} }`;
  }
  if (node.kind === 'array' && isMatrix(node.items)) return undefined;
  const inner = join(node.kind === 'array' ? node.items : node.args);
  if (inner === undefined) return undefined;
  return node.kind === 'array' ? `[${inner}]` : `${node.name}(${inner})`;
}

const entryText = (key: string | undefined, value: string | undefined): string | undefined =>
  value === undefined ? undefined : key === undefined ? `...${value}` : `${keyText(key)}: ${value}`;

/** Several objects, or several lists, of more than one entry each are never put on one line. */
function isMatrix(items: readonly Item[]): boolean {
  const size = (node: Node, kind: 'object' | 'array'): number =>
    typeof node !== 'object' || node.kind !== kind
      ? 0
      : 'entries' in node
        ? node.entries.length
        : 'items' in node
          ? node.items.length
          : 0;
  const nodes = items.map(nodeOf);
  return nodes.length > 1 && (['object', 'array'] as const).some((kind) => nodes.every((node) => size(node, kind) > 1));
}

/**
 * The node laid out as the formatter does. @param column where its first line begins. @param tail what follows it on its last line.
 */
export function print(node: Node, indent = 0, column = indent, tail = 0): string {
  const line = flat(node);
  if (line !== undefined && column + line.length + tail <= WIDTH) return line;
  if (typeof node === 'string') return node;
  const pad = ' '.repeat(indent + INDENT);
  const close = ' '.repeat(indent);
  const items = (list: readonly Item[]): string =>
    list
      .map((item) => {
        const comments = isCommented(item) ? item.comments.map((text) => `${pad}// ${text}\n`).join('') : '';
        return `${comments}${pad}${print(nodeOf(item), indent + INDENT, indent + INDENT, 1)},\n`;
      })
      .join('');
  switch (node.kind) {
    case 'object': {
      const lines = node.entries.map(([key, value]) => {
        const head = key === undefined ? '...' : `${keyText(key)}: `;
        return `${pad}${head}${print(value, indent + INDENT, indent + INDENT + head.length, 1)},\n`;
      });
      return `{\n${lines.join('')}${close}}`;
    }
    case 'array':
      return `[\n${items(node.items)}${close}]`;
    case 'call': {
      const hugged = printHugged(node, indent, column);
      return hugged ?? `${node.name}(\n${items(node.args)}${close})`;
    }
  }
}

/** The last argument opens on the line of the call, where it is the only list of its kind at the end. */
function printHugged(node: Extract<Node, { kind: 'call' }>, indent: number, column: number): string | undefined {
  const args = node.args.map(nodeOf);
  const last = args.at(-1);
  const before = args.at(-2);
  if (last === undefined || !isList(last) || node.args.some((arg) => isCommented(arg) && arg.comments.length > 0))
    return undefined;
  if (typeof before === 'object' && before.kind === (last as { kind: string }).kind) return undefined;
  const heads = args.slice(0, -1).map(flat);
  if (heads.includes(undefined)) return undefined;
  const head = `${node.name}(${heads.map((text) => `${text}, `).join('')}`;
  if (column + head.length + 1 > WIDTH) return undefined;
  return `${head}${broken(last, indent)})`;
}

/** The node over several lines, also where one would do. */
function broken(node: Node, indent: number): string {
  return print(node, indent, WIDTH);
}
