import type { Command } from 'commander';
import { formOf } from '../../../engine/schema-form.ts';
import { readLedger } from '../../../revisions/ledger.ts';
import { pendingRevisions } from '../../../revisions/pending.ts';
import { flashcase } from '../../../schema/flashcase.ts';
import { differenceOf } from '../../../schema/form.ts';
import { revisions } from '../../../versions/index.ts';
import { print, withDatabase } from '../open.ts';
import type { JsonOption } from './revision-named.ts';

export function addCheck(db: Command): void {
  db.command('check')
    .description('compare the database with what its revisions say; exit code 3 when it differs')
    .option('--json', 'for machines')
    .action(async (options: JsonOption) => {
      const result = await withDatabase((database) =>
        database.engine.dedicated(async (connection) => {
          const { engine } = database;
          const pending = pendingRevisions(revisions, await readLedger(connection, engine)).map((revision) => revision.id);
          const difference = differenceOf(formOf(flashcase, engine), await engine.introspect(connection));
          const orphans = engine.capabilities.rebuildsTables
            ? (await connection.query('SELECT count(*) AS n FROM pragma_foreign_key_check'))[0]?.n
            : 0;
          const integrity = engine.capabilities.isLocalFile
            ? String(
                (await connection.query('SELECT integrity_check AS verdict FROM pragma_integrity_check LIMIT 1'))[0]?.verdict,
              )
            : 'ok';
          return { pending, ...difference, orphans, integrity };
        }),
      );
      const isEqual =
        result.pending.length + result.missing.length + result.unexpected.length === 0 &&
        result.orphans === 0 &&
        result.integrity === 'ok';
      print(options.json === true, { isEqual, ...result }, () =>
        isEqual
          ? ['The database is as its revisions say; no orphans; integrity ok.']
          : [
              ...result.pending.map((id) => `pending   revision ${id}   (flashcase db upgrade)`),
              ...result.missing.map((line) => `missing   ${line}`),
              ...result.unexpected.map((line) => `not ours  ${line}`),
              ...(result.orphans === 0 ? [] : [`orphans   ${String(result.orphans)} rows whose parent is missing`]),
              ...(result.integrity === 'ok' ? [] : [`integrity ${result.integrity}`]),
            ],
      );
      process.exitCode = isEqual ? 0 : 3;
    });
}
