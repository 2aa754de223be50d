import { statfsSync } from 'node:fs';

/** Bytes free on the disk of a folder, for who may not use the reserve of root. `undefined` on a file system that does not say, as some of FUSE: it is not full. */
export function freeBytesIn(folder: string): number | undefined {
  const { blocks, bavail, bsize } = statfsSync(folder);
  return blocks === 0 ? undefined : bavail * bsize;
}
