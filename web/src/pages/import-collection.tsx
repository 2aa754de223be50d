import { useState } from 'react';
import { Link } from 'wouter';
import { t } from '../languages/t.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { ChooseFile } from './choose-file.tsx';
import { ImportFile, isPackage, PACKAGE_ENDINGS } from './import-file.tsx';

/** A whole collection: its decks keep their names. */
export default function ImportCollectionPage() {
  const [file, setFile] = useState<File>();
  const [failure, setFailure] = useState<string>();
  function take(chosen: File): void {
    if (isPackage(chosen.name)) {
      setFailure(undefined);
      setFile(chosen);
    } else setFailure(t('Text has no deck of its own: open the deck it is for, and choose Import cards there.'));
  }
  return (
    <Page title={t('Import a collection')}>
      <p className="back">
        <Link href="/">{t('← Decks')}</Link>
      </p>
      <h1>{t('Import a collection')}</h1>
      {file === undefined ? (
        <div className="form import">
          <p className="lead">
            {t(
              'A package of Anki (.apkg, .colpkg), an archive of FlashCase or a file of Mochi (.mochi). Its decks keep their names, its cards their dates and reviews; those of Mochi begin as new ones.',
            )}
          </p>
          <ChooseFile label={t('Choose a file')} accept={PACKAGE_ENDINGS} onFile={take}>
            <FormFailure message={failure} />
          </ChooseFile>
          <p className="soft">{t('In Anki: File, Export, with scheduling and media.')}</p>
        </div>
      ) : (
        <ImportFile key={`${file.name} ${file.lastModified}`} file={file} deck={undefined} onAnother={() => setFile(undefined)} />
      )}
    </Page>
  );
}
