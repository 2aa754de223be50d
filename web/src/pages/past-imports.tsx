import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { takeBackOne } from '../api/changes.ts';
import { ApiError } from '../api/client.ts';
import { pastImports } from '../api/import-file.ts';
import type { PastImport } from '../api/types.ts';
import { serverText, t } from '../languages/t.ts';
import { day } from '../lib/text.ts';
import { FormFailure } from '../ui/feedback.tsx';

/** What was imported into a deck in the last month, each to be taken back. */
export function PastImports({ deckId }: { deckId: string }) {
  const imports = useQuery({ queryKey: ['imports', deckId], queryFn: ({ signal }) => pastImports(deckId, signal) });
  if (imports.data === undefined || imports.data.length === 0) return null;
  return (
    <section className="section" aria-labelledby="past-imports">
      <h2 id="past-imports">{t('Imports of the last 30 days')}</h2>
      <ul className="list">
        {imports.data.map((one) => (
          <PastImportRow key={one.id} one={one} />
        ))}
      </ul>
    </section>
  );
}

function textOf({ added, updated, undone_at: undoneAt, kept }: PastImport): string {
  const what = [
    ...(added > 0 ? [t('{n, number} added', { n: added })] : []),
    ...(updated > 0 ? [t('{n, number} changed', { n: updated })] : []),
    ...(added + updated > 0 ? [] : [t('nothing new')]),
    ...(undoneAt === null ? [] : [t('taken back')]),
  ].join(', ');
  if (undoneAt === null || kept === 0) return what;
  return `${what}; ${t('{n, plural, one {# note} other {# notes}} stayed, studied or changed since', { n: kept })}`;
}

function PastImportRow({ one }: { one: PastImport }) {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  async function undo(): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      await takeBackOne(String(one.id));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
    } finally {
      setBusy(false);
    }
  }
  return (
    <li className="card-row import__past">
      <p>
        {day(one.imported_at)}: {textOf(one)} <span className="soft">· {serverText(one.format)}</span>
      </p>
      {one.undone_at === null && (
        <button type="button" className="button button--small" aria-disabled={isBusy} onClick={() => isBusy || void undo()}>
          {isBusy ? t('Taking back …') : t('Undo')}
          <span className="visually-hidden"> {t('the import of {importedat}', { importedat: day(one.imported_at) })}</span>
        </button>
      )}
      <FormFailure message={failure} />
    </li>
  );
}
