import type { DataLimits } from '../../../../src/mapreduce/index.ts';

/** So small that a page of text is split, cut into pieces, spilled, chunked and merged in several passes. */
export const TINY_LIMITS: DataLimits = {
  splitBytesMax: 300,
  contentsBytesMax: 90,
  spillBytesMax: 600,
  spillRecordsMax: 16,
  recordBytesMax: 160,
  chunkBytesMax: 64,
  fanInMax: 3,
  fetchesMax: 2,
};
