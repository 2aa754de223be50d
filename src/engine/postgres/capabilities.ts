import type { Capabilities } from '../engine.ts';

export const capabilities: Capabilities = {
  usesPartitionedKeys: true,
  hasConcurrentWriters: true,
  rebuildsTables: false,
  hasBinaryCopy: true,
  hasListParameters: true,
  storesByMonths: true,
  isLocalFile: false,
};
