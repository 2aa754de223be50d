import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../..');

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, { default: string } | undefined>;
};

/** The source that a public entry of the package (`flashcase/schema`) is built from. */
export function sourceOf(entry: string): string {
  const built = exports[entry.replace('flashcase', '.')]?.default;
  if (built === undefined) throw new Error(`${entry} is not in the exports of package.json`);
  return join(root, built.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));
}

/** The folder of an application in TypeScript, whose imports from the package reach these sources. */
export function newFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-typed-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        typeRoots: [join(root, 'node_modules/@types')],
        noEmit: true,
        rewriteRelativeImportExtensions: false,
        allowImportingTsExtensions: true,
        noUnusedLocals: false,
      },
      include: ['**/*.ts'],
    }),
  );
  return folder;
}

/** Text of a module as it is written for the installed package, with these sources instead. */
export const onSources = (text: string): string =>
  text.replace(/'(flashcase\/[\w/-]+)'/g, (_, entry: string) => `'${sourceOf(entry)}'`);

/** What the compiler says of a folder's files; empty where all is well. */
export function typeErrors(folder: string): string {
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  });
  return stdout;
}

/** Everything a revision file can use, for texts that leave their imports out. */
export const EVERYTHING = onSources(
  [
    `import {
  addCheck, addColumn, addForeignKey, addIndex, addTrigger, addUnique, addUniqueIndex, alterTable, backfill, changeColumn,
  changeComment, changePrimaryKey, createTable, createView, dropCheck, dropColumn, dropForeignKey, dropIndex, dropTable, dropTrigger,
  dropUnique, dropView, renameColumn, renameConstraint, renameIndex, renameTable, type Project, type Revision,
} from 'flashcase/revisions';`,
    `import { boolean, bytes, float64, generatedId, int32, int64, schema, table, text, timestamp } from 'flashcase/schema';\n`,
  ].join('\n'),
);
