import type { CommandReply, CommandResult, KvSettings, StampedCommand } from '../../../../src/kv/index.ts';

/**
 * What the state machine must be equal to, written to be obviously right: it remembers every client for ever, so it
 * needs no window to know that a client it has forgotten is not a new one. Values are strings.
 */
export interface NaiveStore {
  apply(stamped: StampedCommand): CommandResult;
  value(shard: number, key: string): string | undefined;
}

interface Shard {
  nowMs: number;
  version: number;
  readonly values: Map<string, string>;
  readonly clients: Map<string, { sequence: number; call: string; reply: CommandReply; activeMs: number }>;
}

export function openNaiveStore(settings: KvSettings): NaiveStore {
  const shards = new Map<number, Shard>();

  function shardOf(number: number): Shard {
    const shard = shards.get(number) ?? { nowMs: 0, version: 0, values: new Map(), clients: new Map() };
    shards.set(number, shard);
    return shard;
  }

  return {
    apply({ shard: number, timeMs, session, command }) {
      const shard = shardOf(number);
      shard.nowMs = Math.max(shard.nowMs, timeMs);
      const expired: CommandResult = { type: 'session-expired', timeMs: shard.nowMs };
      const call = JSON.stringify(command);
      const known = shard.clients.get(session.client);
      if (known === undefined) {
        const issuedMs = Number.parseInt(session.client.split('-')[0] ?? '', 36);
        if (Math.abs(shard.nowMs - issuedMs) > settings.sessionOpenWindowMs) return expired;
      } else {
        if (shard.nowMs >= known.activeMs + settings.sessionTtlMs) return expired;
        if (session.sequence < known.sequence) return { type: 'sequence-stale', last: known.sequence };
        if (session.sequence === known.sequence) {
          return call === known.call ? known.reply : { type: 'sequence-reused' };
        }
      }
      const reply = write(shard, command);
      shard.clients.set(session.client, { sequence: session.sequence, call, reply, activeMs: shard.nowMs });
      return reply;
    },
    value: (number, key) => shardOf(number).values.get(key),
  };

  function write(shard: Shard, command: StampedCommand['command']): CommandReply {
    const previous = shard.values.get(command.key);
    if (command.type === 'delete') {
      shard.values.delete(command.key);
      shard.version += 1;
      return { type: 'deleted', version: shard.version, existed: previous !== undefined };
    }
    const added = new TextDecoder().decode(command.value);
    const value = command.type === 'put' ? added : `${previous ?? ''}${added}`;
    if (value.length > settings.valueBytesMax) {
      return { type: 'value-too-large', bytesMax: settings.valueBytesMax };
    }
    shard.values.set(command.key, value);
    shard.version += 1;
    if (command.type === 'put') return { type: 'written', version: shard.version };
    const bytes = previous === undefined ? undefined : new TextEncoder().encode(previous);
    return { type: 'appended', version: shard.version, previous: bytes };
  }
}
