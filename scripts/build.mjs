// prepack: built JavaScript and the page. Node strips no types under node_modules, so a package cannot ship sources.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildPage, install, root, runtime } from '../bin/bootstrap.mjs';

install();
rmSync(join(root, 'dist'), { recursive: true, force: true });
const tsc = spawnSync(runtime(), [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(1);
// tsc leaves behind what is not TypeScript.
cpSync(join(root, 'src'), join(root, 'dist'), {
  recursive: true,
  filter: (path) => statSync(path).isDirectory() || !/\.(ts|md)$/.test(path),
});
buildPage();
