/** A client of a store of one group, over replicas that answer what the test says. */

import { GroupCaller, OneGroupRoute, SessionPool, StoreClient } from '../../../../src/client/index.ts';
import { type Command, DEFAULT_KV_SETTINGS, SESSION_COMMAND } from '../../../../src/kv/index.ts';
import { REPLICA_PATHS } from '../../../../src/replica/index.ts';
import { asShardId } from '../../../../src/shard/index.ts';
import { inTurn, reply, type Said, type Script, ScriptedPort } from './scripted-port.ts';

export const value = new Uint8Array([1, 2, 3]);
export const WRITTEN = { type: 'written', version: 1 } as const;
export const ABSENT = { type: 'absent', revision: 4 } as const;
export const APPEND: Command = { type: 'append', key: 'key', value };
const DEADLINE_MS = 10_000;
export const LOCAL_ANSWER_MS = 50;

export const expired = (timeMs: number) => reply({ type: 'session-expired', timeMs });

export function clientOver(script: Script, deadlineMs = DEADLINE_MS) {
  const port = new ScriptedPort(script);
  let ids = 0;
  const client = new StoreClient({
    port,
    route: new OneGroupRoute(new GroupCaller(['one', 'two', 'three'], port)),
    shardOf: () => asShardId(0),
    sessions: new SessionPool({
      settings: DEFAULT_KV_SETTINGS,
      uniquePart: () => {
        ids += 1;
        return `id${ids}`;
      },
    }),
    deadlineMs,
    localAnswerMs: LOCAL_ANSWER_MS,
  });
  /** Of the writes, in the order in which they were sent. */
  const sessions = () =>
    port.asked
      .filter(({ path }) => path === REPLICA_PATHS.command)
      .map(({ body }) => SESSION_COMMAND.decode(body).session);
  return { port, client, sessions, write: () => port.run(client.write(APPEND)) };
}

export const clientHearing = (...answers: readonly Said[]) => clientOver(inTurn(...answers));

/** For a call that tells its outcome. */
export const answered = (result: unknown, more: object = {}) => ({
  type: 'answered',
  result,
  ageMsMax: undefined,
  mayBeExecuted: false,
  ...more,
});
export const failed = (reason: 'no-answer' | 'overloaded', mayBeExecuted: boolean) => ({
  type: 'failed',
  reason,
  mayBeExecuted,
});
