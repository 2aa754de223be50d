import { openAnkiPackage, type PackageOptions } from './anki/read-package.ts';
import { openArchive } from './archive/read-archive.ts';
import { ARCHIVE_LINES } from './archive/write-archive.ts';
import type { CollectionSource } from './collection.ts';
import { openMochi } from './mochi/read-apart.ts';
import { isMochi } from './mochi/read-mochi.ts';
import { LIMITS } from './zip/limits.ts';
import { ZipArchive } from './zip/read-zip.ts';

/** Opens an archive of FlashCase, a file of Mochi or a package of Anki, whatever its name ends with. */
export async function openCollection(file: string, options: PackageOptions = {}): Promise<CollectionSource> {
  const { limits = LIMITS } = options;
  const zip = await ZipArchive.open(file, limits);
  const isOurs = zip.has(ARCHIVE_LINES);
  const isOfMochi = isMochi(zip);
  zip.close();
  if (isOurs) return openArchive(file, limits);
  return isOfMochi ? openMochi(file, limits) : openAnkiPackage(file, options);
}
