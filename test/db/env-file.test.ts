import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { readEnv } from '../../src/db/env.ts';
import { setInEnvFile } from '../../src/db/env-file.ts';
import { FlashcaseError } from '../../src/errors/index.ts';

const NAME = 'FLASHCASE_TEST_DATABASE_URL';
const UNTIL = 'the move mv-1 on 2026-12-24';
const NEW = 'postgresql://flash:ge%23heim@db:5432/flashcase?sslmode=require';

describe('a setting that is changed in .env', () => {
  let folder: string;
  let file: string;
  const write = (content: string | Uint8Array) => writeFileSync(file, content);
  const set = (value = NEW) => setInEnvFile(folder, NAME, value, UNTIL);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flashcase-env-'));
    file = join(folder, '.env');
  });
  afterEach(() => {
    delete process.env[NAME];
    rmSync(folder, { recursive: true, force: true });
  });

  test('only its own line changes, byte for byte; the old value stays as a comment; the rights stay', () => {
    write(Buffer.from(`# caf\xe9\nPORT=80 # door\n\n${NAME}=sqlite:///./a.db\nSECRET='x # y'\n  TOKEN = "1\n2"`, 'latin1'));
    const { mode } = statSync(file);
    assert.equal(set(), 'changed');
    assert.equal(
      readFileSync(file, 'latin1'),
      `# caf\xe9\nPORT=80 # door\n\n# ${NAME}=sqlite:///./a.db (until ${UNTIL})\n${NAME}=${NEW}\nSECRET='x # y'\n  TOKEN = "1\n2"`,
    );
    assert.equal(statSync(file).mode, mode);
    assert.equal(readEnv(folder).get(NAME)?.value, NEW);
    assert.deepEqual(readdirSync(folder), ['.env']);
    assert.equal(set(), 'same');
    // And back.
    assert.equal(set('sqlite:///./a.db'), 'changed');
    assert.equal(readEnv(folder).get(NAME)?.value, 'sqlite:///./a.db');
  });

  for (const [what, before, after] of [
    ['of Windows', `A=1\r\n${NAME}=a\r\nB=2\r\n`, `A=1\r\n# ${NAME}=a (until ${UNTIL})\r\n${NAME}=b\r\nB=2\r\n`],
    ['with export and quotes', `export ${NAME}="a"\n`, `# export ${NAME}="a" (until ${UNTIL})\n${NAME}=b\n`],
    ['without an end of its last line', `${NAME}=a`, `# ${NAME}=a (until ${UNTIL})\n${NAME}=b`],
    [
      'that defines it twice: the last one counted',
      `${NAME}=x\nA=1\n${NAME}=a\n`,
      `# ${NAME}=x (until ${UNTIL})\nA=1\n# ${NAME}=a (until ${UNTIL})\n${NAME}=b\n`,
    ],
    ['with a comment that looks like it', `#${NAME}=z\n${NAME}=a\n`, `#${NAME}=z\n# ${NAME}=a (until ${UNTIL})\n${NAME}=b\n`],
  ] as const) {
    test(`a file ${what}`, () => {
      write(before);
      assert.equal(set('b'), 'changed');
      assert.equal(readFileSync(file, 'utf8'), after);
    });
  }

  test('a value with signs that mean something in .env is read back as it is', () => {
    for (const value of ['a # b', "it's", 'say "hi"', 'sqlite:////home/Zoë Ä/a.db', '$HOME', 'a\\nb']) {
      write(`${NAME}=a\n`);
      assert.equal(set(value), 'changed', value);
      assert.equal(readEnv(folder).get(NAME)?.value, value);
    }
  });

  test('what the environment defines is not changed in the file, and what nothing defines is not made', () => {
    assert.equal(set(), 'absent');
    write(`PORT=80\n`);
    assert.equal(set(), 'absent');
    write(`${NAME}=a\n`);
    process.env[NAME] = 'a';
    assert.equal(set(), 'environment');
    assert.equal(readFileSync(file, 'utf8'), `${NAME}=a\n`);
  });

  test('a file that is written in a way not understood here stays as it was, and the message says what to do', () => {
    const text = `A="1\n${NAME}=inside\n"\n${NAME}="a\nb"\n`;
    write(text);
    assert.throws(
      set,
      (error) => error instanceof FlashcaseError && /Set FLASHCASE_TEST_DATABASE_URL there by hand/.test(error.toText()),
    );
    assert.equal(readFileSync(file, 'utf8'), text);
  });

  test('behind a symbolic link the real file is changed', () => {
    write(`${NAME}=a\n`);
    renameSync(file, join(folder, 'real.env'));
    symlinkSync('real.env', file);
    assert.equal(set('b'), 'changed');
    assert.ok(lstatSync(file).isSymbolicLink());
    assert.equal(readEnv(folder).get(NAME)?.value, 'b');
  });
});
