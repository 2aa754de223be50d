import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../../db/clock.ts';
import { readEnv } from '../../db/env.ts';
import { writeZip, type ZipPart } from '../../formats/zip/write-zip.ts';
import { collectSupport, type Section } from '../../ops/support/collect.ts';
import { writeNewFile } from '../../services/new-file.ts';
import { ownVersion } from '../version.ts';
import { commandSettings, print, servingSettings } from './open.ts';

interface Flags {
  readonly output?: string;
  readonly log?: string;
  readonly json?: boolean;
}

const sizeOf = (text: string): string => `${(Buffer.byteLength(text) / 1024).toFixed(1)} kB`;

function contents(sections: readonly Section[]): string[] {
  return sections.map(({ name, about, text }) => `  ${name.padEnd(16)} ${sizeOf(text).padStart(10)}  ${about}`);
}

/** `flashcase support`. */
export function support(): Command {
  return new Command('support')
    .description('Write one archive for whoever helps: how the installation is, without a secret and without anybody’s content.')
    .option('-o, --output <file>', 'the new file; one that exists is not overwritten (default: flashcase-support-TIME.zip here)')
    .option('--log <file>', 'take the last lines of this log of the server: times, routes, statuses and error codes of it')
    .option('--json', 'for machines')
    .action(async ({ output, log, json = false }: Flags) => {
      const clock = systemClock();
      const settings = commandSettings();
      // A database that cannot be found is what help may be wanted for.
      const serving = await servingSettings().catch(() => settings);
      const sections = await collectSupport({
        ...{ env: readEnv(), settings, serving, clock, version: ownVersion(), folder: process.cwd() },
        logFile: log === undefined ? undefined : resolve(log),
      });
      const file = resolve(output ?? `flashcase-support-${clock.now().text.replace(/\D/g, '').slice(0, 14)}.zip`);
      const readme = [
        'What is in here. Nothing of what people wrote or studied; passwords, tokens, keys and e-mail addresses are taken out.',
        '',
      ];
      const parts: ZipPart[] = [
        { name: 'README.txt', text: `${[...readme, ...contents(sections)].join('\n')}\n` },
        ...sections.map(({ name, text }) => ({ name, text })),
      ];
      await writeNewFile(file, () => writeZip(file, parts));
      print(
        json,
        { file, parts: sections.map(({ name, about, text }) => ({ name, about, bytes: Buffer.byteLength(text) })) },
        () => [
          `Wrote ${file}, which has:`,
          ...contents(sections),
          'Nothing of what people wrote or studied is in it. Look through it before you send it: names of hosts and folders are.',
        ],
      );
    });
}
