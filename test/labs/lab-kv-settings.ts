import { DEFAULT_KV_SETTINGS, type KvSettings } from '../../src/kv/index.ts';

/**
 * The course's clerks want the value before an append also when its first answer was lost, and its memory tests count
 * what is kept of 100,000 clients. So here the last reply of each client is kept, however large, and no client forgotten.
 */
export const LAB_KV_SETTINGS: KvSettings = {
  ...DEFAULT_KV_SETTINGS,
  keptPreviousBytesMax: DEFAULT_KV_SETTINGS.valueBytesMax,
  sessionsMax: Number.MAX_SAFE_INTEGER,
  sessionBytesMax: Number.MAX_SAFE_INTEGER,
};
