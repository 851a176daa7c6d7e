/** The door of the linearizability checker. */

export {
  type CheckLimits,
  type CheckResult,
  checkHistory,
  type Verdict,
} from './checker.ts';
export type { Operation } from './history.ts';
export { writeHistory } from './history-writer.ts';
export {
  type KeyValueInput,
  type KeyValueModel,
  type KeyValueOutput,
  keyValueModel,
  labKeyValueModel,
  type Value,
} from './key-value-model.ts';
export type { Model } from './model.ts';
export { type Picture, renderHtml } from './picture.ts';
export { type HistoryFile, HistoryFormatError, type KeyValueOperation } from './readers/history-file.ts';
export { readHistory } from './readers/read-history.ts';
