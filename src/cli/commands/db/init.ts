import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { initProject } from '../../../revisions/source/init.ts';
import { print } from '../open.ts';
import type { JsonOption } from './application.ts';

export function addInit(db: Command): void {
  db.command('init [dir]')
    .description('begin a history for an application of your own: a model and a versions folder')
    .option('--json', 'for machines')
    .action(async (dir: string | undefined, options: JsonOption) => {
      const folder = resolve(dir ?? '.');
      const written = await initProject(folder);
      const versions = relative(process.cwd(), join(folder, 'versions')) || '.';
      print(options.json === true, { written }, () => [
        ...written.map((path) => `wrote  ${path}`),
        `Next: flashcase db revision -m 'first tables' --autogenerate --versions ${versions}`,
      ]);
    });
}
