import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What package-lock.json says of a package; of its fields those that are used here. */
interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** SHA-512 of its archive in the registry, hexadecimal. */
  readonly sha512: string;
  readonly isOptional: boolean;
  /** In the server, in the page, or in both. */
  readonly in: readonly ('server' | 'page')[];
  readonly dependsOn: readonly string[];
}

const refOf = ({ name, version }: Pick<Component, 'name' | 'version'>): string => `${name}@${version}`;

/** Everything that is shipped with FlashCase: what the server needs to run, and what is built into the page. Not what builds and tests it. */
export function shipped(root: string): Component[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
  /** As Node finds it: in the package's own folder, else in those around it. */
  const find = (from: string, name: string): string | undefined => {
    for (let folder = from; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$|^[^/]+$/, '')) {
      const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      if (packages[path] !== undefined) return path;
      if (folder === '') return undefined;
    }
  };
  const needsOf = (path: string): string[] => {
    const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta } = packages[path] ?? {};
    // What a package would like beside it, but does without, is there for whoever asked for it.
    const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta?.[name]?.optional !== true);
    const names = new Set([...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]);
    // One that is not in the lock file is optional, and is not there.
    return [...names].flatMap((name) => find(path, name) ?? []);
  };
  const found = new Map<string, Set<'server' | 'page'>>();
  const walk = (path: string, where: 'server' | 'page'): void => {
    for (const inner of needsOf(path)) {
      const places = found.get(inner) ?? new Set();
      if (places.has(where)) continue;
      found.set(inner, places.add(where));
      walk(inner, where);
    }
  };
  walk('', 'server');
  walk('web', 'page');
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const described = [...found].map(([path, places]): Component => {
    const { version, license, integrity = '', optional = false } = packages[path] as Locked;
    const [algorithm, digest = ''] = integrity.split('-');
    if (version === undefined || license === undefined || algorithm !== 'sha512')
      throw new Error(`package-lock.json says no version, licence or SHA-512 of ${path}`);
    return {
      ...{ name: nameOf(path), version, licence: license, isOptional: optional, in: [...places].sort() },
      sha512: Buffer.from(digest, 'base64').toString('hex'),
      dependsOn: needsOf(path)
        .map((inner) => refOf({ name: nameOf(inner), version: packages[inner]?.version ?? '' }))
        .sort(),
    };
  });
  // Two places of one version are one component.
  const byRef = new Map<string, Component>();
  for (const one of described) {
    const other = byRef.get(refOf(one));
    byRef.set(refOf(one), other === undefined ? one : { ...one, in: [...new Set([...other.in, ...one.in])].sort() });
  }
  return [...byRef.values()].sort((a, b) => (refOf(a) < refOf(b) ? -1 : 1));
}

/**
 * A bill of materials in CycloneDX 1.5. Made here because `npm sbom --omit dev` (11.19) leaves out what something that builds or tests needs as well, such as
 * pg-protocol, and names the tests' own packages. Equal for equal lock files, so that a check can compare it.
 */
export function cycloneDx(root: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, string>;
  const components = shipped(root);
  const own = `${name}@${version}`;
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        'bom-ref': own,
        type: 'application',
        ...{ name, version, purl: `pkg:npm/${own}`, licenses: [{ expression: license }] },
      },
    },
    components: components.map((one) => ({
      'bom-ref': refOf(one),
      type: 'library',
      name: one.name,
      version: one.version,
      scope: one.isOptional ? 'optional' : 'required',
      hashes: [{ alg: 'SHA-512', content: one.sha512 }],
      licenses: [{ expression: one.licence }],
      purl: `pkg:npm/${one.name.replace('@', '%40')}@${one.version}`,
      properties: one.in.map((where) => ({ name: 'flashcase:in', value: where })),
    })),
    dependencies: components.map((one) => ({ ref: refOf(one), dependsOn: one.dependsOn })),
  };
  return `${JSON.stringify(bom, null, 1)}\n`;
}

/** Licences that a program under Apache-2.0 may ship with; another one is somebody's decision, not a machine's. */
export const ALLOWED: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
];

/** The page that names every part with its licence. */
export function licencePage(root: string, made: string): string {
  const components = shipped(root);
  const counts = Map.groupBy(components, ({ licence }) => licence);
  return [
    '# What FlashCase ships with',
    '',
    made,
    '',
    'Everything that runs in the server or is built into the page, as `package-lock.json` pins it. For programs: [sbom.cdx.json](sbom.cdx.json), CycloneDX 1.5. What it means: [the guide](../guide/supply.md).',
    '',
    `${components.length} packages: ${[...counts]
      .map(([licence, of]) => `${of.length} ${licence}`)
      .sort()
      .join(', ')}.`,
    '',
    '| Package | Version | Licence | In |',
    '|---|---|---|---|',
    ...components.map(
      (one) => `| ${one.name} | ${one.version} | ${one.licence} | ${one.in.join(', ')}${one.isOptional ? ' (optional)' : ''} |`,
    ),
    '',
  ].join('\n');
}
