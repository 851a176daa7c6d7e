import {
  type CommandReply,
  type CommandResult,
  type KvSettings,
  SESSION_COMMAND,
  type StampedCommand,
} from '../../../../src/kv/index.ts';

/**
 * What the state machine must be equal to, written to be obviously right: it remembers every client for ever, and so
 * needs no rule to know that a client which was forgotten is not a new one. Values are strings.
 */
export interface NaiveStore {
  /** To be asked when the state machine did not answer that the session has expired, which it may at any time. */
  apply(stamped: StampedCommand): CommandResult;
  value(shard: number, key: string): string | undefined;
}

interface Shard {
  version: number;
  readonly values: Map<string, string>;
  readonly clients: Map<string, { sequence: number; call: string; reply: CommandReply }>;
}

export function openNaiveStore(settings: KvSettings): NaiveStore {
  const shards = new Map<number, Shard>();

  function shardOf(number: number): Shard {
    const shard = shards.get(number) ?? { version: 0, values: new Map(), clients: new Map() };
    shards.set(number, shard);
    return shard;
  }

  return {
    apply({ shard: number, session, command }) {
      const shard = shardOf(number);
      const call = SESSION_COMMAND.encode({ session, command }).join();
      const known = shard.clients.get(session.client);
      if (known !== undefined) {
        if (session.sequence < known.sequence) return { type: 'sequence-stale', last: known.sequence };
        if (session.sequence === known.sequence) {
          return call === known.call ? known.reply : { type: 'sequence-reused' };
        }
      }
      const reply = write(shard, command);
      shard.clients.set(session.client, { sequence: session.sequence, call, reply: kept(reply) });
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
    return {
      type: 'appended',
      version: shard.version,
      length: value.length,
      previous:
        previous === undefined
          ? { type: 'absent' }
          : { type: 'present', value: new TextEncoder().encode(previous) },
    };
  }

  function kept(reply: CommandReply): CommandReply {
    const isLarge =
      reply.type === 'appended' &&
      reply.previous.type === 'present' &&
      reply.previous.value.length > settings.keptPreviousBytesMax;
    return isLarge ? { ...reply, previous: { type: 'not-kept' } } : reply;
  }
}
