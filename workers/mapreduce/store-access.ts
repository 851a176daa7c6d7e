import type { CallOutcome } from '../../src/client/index.ts';
import type { Command, CommandResult, ScanQuery, ScanResult } from '../../src/kv/index.ts';
import type { Gateway } from '../gateway/gateway.ts';

/** What a job asks of the store. */
export interface StoreAccess {
  scan(query: ScanQuery): Promise<CallOutcome<ScanResult>>;
  write(command: Command): Promise<CallOutcome<CommandResult>>;
}

export function storeAccess(gateway: Gateway): StoreAccess {
  return {
    scan: (query) => gateway.run(gateway.store.scan(query)),
    write: (command) => gateway.run(gateway.store.write(command)),
  };
}
