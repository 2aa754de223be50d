import type { Capabilities } from '../engine.ts';

export const capabilities: Capabilities = {
  usesPartitionedKeys: false,
  hasConcurrentWriters: false,
  rebuildsTables: true,
  hasBinaryCopy: false,
  hasListParameters: false,
  storesByMonths: false,
  isLocalFile: true,
};
