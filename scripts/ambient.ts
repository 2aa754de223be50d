import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a run depends on besides its input, and the one file name that may read it: elsewhere tests could not set it. */
const ONLY_IN = [
  { file: 'env.ts', what: 'the environment', pattern: /\bprocess\.env\b/ },
  { file: 'clock.ts', what: 'the clock', pattern: /\bDate\.now\(|\bnew Date\(\)|\bTemporal\.Now\b/ },
  {
    file: 'random.ts',
    what: 'randomness',
    pattern: /\bMath\.random\(|\bgetRandomValues\(|\bcrypto\.random|\brandom(?:Bytes|UUID|Int)\b.*from 'node:crypto'/,
  },
];

/** One sentence for each line under src that reads the environment, the clock or randomness elsewhere than in its one file. */
export function ambientProblems(root: string): string[] {
  return globSync('src/**/*.ts', { cwd: root }).flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        ONLY_IN.filter(
          ({ file, pattern }) => basename(path) !== file && !/^\s*(?:\/\/|\/?\*)/.test(line) && pattern.test(line),
        ).map(({ file, what }) => `${path}:${index + 1} reads ${what}; only a file named ${file} may`),
      ),
  );
}
