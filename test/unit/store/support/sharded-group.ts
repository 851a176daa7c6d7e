/** A store group of four shards, and what others ask of it. */

import {
  DEFAULT_KV_SETTINGS,
  formatClientId,
  QUERY,
  SESSION_COMMAND,
  type Session,
} from '../../../../src/kv/index.ts';
import { REPLICA_PATHS, type ReplicaAnswer } from '../../../../src/replica/index.ts';
import {
  asGroupId,
  type Configuration,
  createShardOf,
  DEFAULT_RECORD_LIMITS,
  SHARD_ANSWER,
  SHARD_COMMAND,
  SHARD_REQUEST,
  type ShardAnswer,
  type ShardCommand,
  ShardedStore,
  type ShardRequest,
  STORE_REPLY,
  type StoreAnswer,
  type StoreQuery,
  type StoreReply,
  type StoreResult,
} from '../../../../src/shard/index.ts';
import { openStore } from '../../../../src/store/index.ts';
import { wallClockMs } from '../../../labs/lab-world.ts';
import { ServedGroup } from './served-group.ts';

const SHARDS = 4;
const GROUP = asGroupId(1);
export const shardOf = createShardOf(SHARDS);
export const KEY = 'key';
export const SHARD = shardOf(KEY);

const value = new TextEncoder().encode('value,');

/** Who has the shard of `KEY`; group 1 has the others. */
export function configuration(number: number, owner: number): Configuration {
  const owners = new Array(SHARDS).fill(GROUP).with(SHARD, asGroupId(owner));
  const groups = new Map([1, 2].map((id) => [asGroupId(id), { replicas: [`group-${id}/1`] }]));
  return { number, shards: owners, groups, joining: new Map(), lost: [] };
}

export const configure = (number: number, owner: number): ShardCommand => ({
  type: 'configure',
  configuration: configuration(number, owner),
});

export class ShardedGroup extends ServedGroup<StoreResult, StoreQuery, StoreAnswer> {
  #sequence = 0;

  constructor() {
    super({
      open: (parts) => {
        const stateMachine = new ShardedStore({
          group: GROUP,
          shardCount: SHARDS,
          shardOf,
          kv: DEFAULT_KV_SETTINGS,
          record: DEFAULT_RECORD_LIMITS,
        });
        return openStore({ ...parts, stateMachine, shardOf, shardCount: SHARDS, migration: undefined });
      },
    });
  }

  /** The replica itself has it decided, and carried out everywhere. */
  decide(...commands: readonly ShardCommand[]): void {
    for (const command of commands) {
      const answers: ReplicaAnswer<StoreResult>[] = [];
      this.replica(this.leader()).propose(SHARD_COMMAND.encode(command), (answer) => answers.push(answer));
      this.until(() => answers.length > 0);
      if (answers[0]?.type !== 'done') throw new Error(`${command.type} ended as ${answers[0]?.type}`);
    }
    this.run(1000);
  }

  session(client = 'alice'): Session {
    this.#sequence += 1;
    return { client: formatClientId(wallClockMs(this.world), client), sequence: this.#sequence };
  }

  appendBody(key: string, session = this.session()): Uint8Array {
    return SESSION_COMMAND.encode({ session, command: { type: 'append', key, value } });
  }

  append(server: number, key: string, session = this.session()) {
    return replyOf(this.answer(server, REPLICA_PATHS.command, this.appendBody(key, session)));
  }

  get(server: number, key: string) {
    return replyOf(this.answer(server, REPLICA_PATHS.query, QUERY.encode({ type: 'get', key })));
  }

  /** What the replica answers to another group. */
  askShard(server: number, request: ShardRequest): ReplicaAnswer<ShardAnswer> {
    const answer = this.answer(server, REPLICA_PATHS.shard, SHARD_REQUEST.encode(request));
    return answer.type === 'done' ? { ...answer, result: SHARD_ANSWER.decode(answer.result) } : answer;
  }
}

function replyOf(answer: ReplicaAnswer<Uint8Array>): ReplicaAnswer<StoreReply> {
  return answer.type === 'done' ? { ...answer, result: STORE_REPLY.decode(answer.result) } : answer;
}

/** A key of another shard than `KEY`. */
export const OTHER_KEY =
  Array.from({ length: 99 }, (_, at) => `key-${at}`).find((key) => shardOf(key) !== SHARD) ?? '';

export const ALL_HERE = configure(1, 1);
export const LEAVES = configure(2, 2);
export const MOVE = { shard: SHARD, configuration: 2 };
export const FREEZE: ShardCommand = { type: 'freeze', ...MOVE, since: 0 };
export const RELEASE: ShardCommand = { type: 'release', ...MOVE };
const ASKED = { ...MOVE, by: asGroupId(2), due: 2, since: 0 };
export const ROWS = { type: 'rows', ...ASKED, cursor: '', bytesMax: 1000 } as const;
export const LAST_CHANGES = { type: 'changes', ...ASKED, after: 0, freeze: true, bytesMax: 1000 } as const;
export const REFUSED = { type: 'wrong-group', configuration: 2, owner: asGroupId(2) };

export function groupWith(...decided: readonly ShardCommand[]): ShardedGroup {
  const group = new ShardedGroup();
  group.decide(...decided);
  return group;
}
