export { DamagedDiskError } from './damaged-disk.ts';
export { type DurableObjectSqlStorage, durableObjectSqlPort } from './durable-object-sql.ts';
export { compareKeys, keyAfter } from './keys.ts';
export { ROW_BYTES_MAX, rowFits } from './limits.ts';
export { OverlayTable } from './overlay-table.ts';
export { diskId, entry, index, logId, membership, READMISSION, replicaId, term } from './raft-shapes.ts';
export {
  DiskFullError,
  type FrozenView,
  type OpenedStorage,
  type ReplicaDisk,
  type ReplicaStorage,
  type RowChanges,
  type Turn,
  ViewClosedError,
} from './replica-storage.ts';
export { DISK_FORMAT, settingAtFirst } from './schema.ts';
export { diskError, type SqlPort, type SqlRow, type SqlValue, type Synchronous } from './sql-port.ts';
export { SqlStorage, type SqlStorageOptions } from './sql-storage.ts';
export { openSqlTable } from './sql-table.ts';
export type { KeyRange, Row, ScanLimit, Table, TableReader } from './table.ts';
export { DEFAULT_WRITE_BEHIND_LIMITS, WriteBehind, type WriteBehindLimits } from './write-behind.ts';
