/** A replica's storage in memory, for everything that runs replicas without a disk: the simulator, the labs, tests. */
export { MemoryDisk, MemoryStorage } from './memory-storage.ts';
export { MemoryTable } from './memory-table.ts';
