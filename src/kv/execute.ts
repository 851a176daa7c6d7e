import { unreachable } from '../protocol/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import type { Command, Query, QueryResult, Reply } from './command.ts';
import type { KvSettings } from './limits.ts';
import { dataKey } from './rows.ts';
import { decodeStoredValue, encodeStoredValue, type StoredValue } from './stored-value.ts';

/** What commands and queries do to the data of a shard; knows nothing of sessions. */

/** `version` is the one to give to what is written. A reply without a version has changed nothing. */
export function execute(
  table: Table,
  shard: number,
  command: Command,
  version: number,
  settings: KvSettings,
): Reply {
  if (!command.key.isWellFormed()) return { type: 'key-malformed' };
  if (new TextEncoder().encode(command.key).length > settings.keyBytesMax) {
    return { type: 'key-too-long', bytesMax: settings.keyBytesMax };
  }
  const row = dataKey(shard, command.key);
  switch (command.type) {
    case 'put': {
      if (command.value.length > settings.valueBytesMax) return tooLarge(settings);
      table.put(row, encodeStoredValue(version, [command.value]));
      return { type: 'written', version };
    }
    case 'append': {
      const previous = readValue(table, row)?.value;
      if ((previous?.length ?? 0) + command.value.length > settings.valueBytesMax) return tooLarge(settings);
      table.put(row, encodeStoredValue(version, previous ? [previous, command.value] : [command.value]));
      return { type: 'appended', version, previous };
    }
    case 'delete': {
      const existed = table.get(row) !== undefined;
      if (existed) table.delete(row);
      return { type: 'deleted', version, existed };
    }
    default:
      return unreachable(command);
  }
}

/** Reads, and leaves nothing behind. */
export function answerQuery(table: TableReader, shard: number, query: Query): QueryResult {
  // No such key can have been written, and a table may take it for another: UTF-8 has no form for half a character.
  if (!query.key.isWellFormed()) return { type: 'absent' };
  const stored = readValue(table, dataKey(shard, query.key));
  return stored === undefined ? { type: 'absent' } : { type: 'found', ...stored };
}

function readValue(table: TableReader, row: string): StoredValue | undefined {
  const bytes = table.get(row);
  return bytes && decodeStoredValue(bytes);
}

function tooLarge(settings: KvSettings): Reply {
  return { type: 'value-too-large', bytesMax: settings.valueBytesMax };
}
