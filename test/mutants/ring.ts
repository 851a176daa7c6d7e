import type { Mutant } from './mutant.ts';

/** Block G: what stands around a replica: retries, sessions, endpoints. Seen with any kind of cluster. */
export const CALL_MUTANTS: readonly Mutant[] = [
  {
    name: 'lost-attempt-counts-as-not-executed',
    item: 'G1',
    why: 'a caller is told that nothing was done, and writes again what was written',
    patches: [
      {
        file: 'client/group-caller.ts',
        find: "mayBeExecuted ||= answer === undefined || answer.type === 'unknown';",
        replace: "mayBeExecuted ||= answer?.type === 'unknown';",
      },
    ],
  },
  {
    name: 'unknown-counts-as-refused',
    item: 'G1',
    why: 'what was in the log of a deposed leader may be committed by the next one',
    patches: [
      {
        file: 'client/group-caller.ts',
        find: "mayBeExecuted ||= answer === undefined || answer.type === 'unknown';",
        replace: 'mayBeExecuted ||= answer === undefined;',
      },
    ],
  },
  {
    name: 'refusal-for-lack-of-room-is-the-last-word',
    item: 'G1',
    why: 'an earlier attempt had no answer, and is executed later',
    patches: [
      {
        file: 'client/group-caller.ts',
        find: '  if (mayBeExecuted) return undefined;\n',
        replace:
          "  if (answer?.type === 'overloaded') return { type: 'failed', reason: 'overloaded', mayBeExecuted: false };\n  if (mayBeExecuted) return undefined;\n",
      },
    ],
  },
  {
    name: 'replica-that-is-silent-is-asked-for-ever',
    item: 'G2',
    why: 'a client stays with a replica that is gone',
    patches: [
      {
        file: 'client/group-caller.ts',
        find: '    this.#leader = (asked + 1) % this.#replicas.length;\n',
        replace: '    this.#leader = asked;\n',
      },
    ],
  },
  {
    name: 'call-outlives-its-deadline',
    item: 'G2',
    why: 'each attempt is given all the time that the call had, and the caller waits for an answer that nobody needs',
    patches: [
      {
        file: 'client/group-caller.ts',
        find: 'leftMs = deadlineMs - this.#port.nowMs()',
        replace: 'leftMs = timeoutMs',
      },
    ],
  },
  {
    name: 'pool-lends-a-client-twice',
    item: 'G3',
    why: 'two calls at a time under one id: the second makes the first stale',
    patches: [
      {
        file: 'client/session-pool.ts',
        find: 'this.#idle.get(shard)?.pop()',
        replace: 'this.#idle.get(shard)?.at(-1)',
      },
    ],
  },
  {
    name: 'client-numbers-its-writes-alike',
    item: 'G3',
    why: 'the second write gets the reply to the first, or none',
    patches: [
      {
        file: 'client/client-session.ts',
        find: '    this.#sequence += 1;\n',
        replace: '    this.#sequence = 1;\n',
      },
    ],
  },
  {
    name: 'write-goes-out-under-a-second-session',
    item: 'G3',
    why: 'an attempt without an answer was executed under the first, which is forgotten',
    patches: [
      {
        file: 'client/store-client.ts',
        find: '        if (hasForgotten(outcome)) return MAY_BE_EXECUTED;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'read-is-answered-from-local-state',
    item: 'G4',
    why: 'whoever is asked answers, without asking the others whether it still leads',
    patches: [
      {
        file: 'store/store-service.ts',
        find: 'return replica.query(query, responding(respond, encodeAnswer), isWanted);',
        replace: 'return respond(encodeAnswer(replica.queryLocal(query)));',
      },
    ],
  },
];

/** Block G where shards move: routing, serving of neighbours, the host of the migration driver. Seen with fleets. */
export const ROUTING_MUTANTS: readonly Mutant[] = [
  {
    name: 'router-forgets-earlier-attempts',
    item: 'G5',
    why: 'a group had no answer to give, another one refuses, and the caller is told that nothing was done',
    patches: [
      {
        file: 'client/shard-router.ts',
        find: 'mayBeExecuted ||= outcome?.mayBeExecuted === true;',
        replace: 'mayBeExecuted = outcome?.mayBeExecuted === true;',
      },
    ],
  },
  {
    name: 'answer-hides-attempts-at-other-groups',
    item: 'G5',
    why: 'the group that answers knows nothing of what an earlier one may have executed',
    patches: [
      {
        file: 'client/shard-router.ts',
        find: 'return { ...outcome, result, mayBeExecuted };',
        replace: 'return { ...outcome, result };',
      },
    ],
  },
  {
    name: 'router-passes-a-refusal-on',
    item: 'G5',
    why: 'a shard that moves is no answer to a client',
    patches: [
      {
        file: 'client/shard-router.ts',
        find: "if (result.type !== 'wrong-group') return { ...outcome, result, mayBeExecuted };",
        replace: 'return { ...outcome, result: result as never, mayBeExecuted };',
      },
    ],
  },
  {
    name: 'router-stays-with-its-first-belief',
    item: 'G5',
    why: 'the group that had a shard at first is asked for ever',
    patches: [
      {
        file: 'client/shard-routing.ts',
        find: "return refused.type === 'no-answer' || refused.configuration > this.#number;",
        replace: "return this.#number === 0 && refused.type === 'no-answer';",
      },
      {
        file: 'client/shard-routing.ts',
        find: 'if (isNews) this.#detours',
        replace: 'if (isNews && owner === NOBODY) this.#detours',
      },
    ],
  },
  {
    name: 'lagging-replica-says-not-now',
    item: 'G6',
    why: 'a replica that is cut off from its group says so for ever, and is believed',
    patches: [
      {
        file: 'shard/shard-serving.ts',
        find: "  return answer?.type === 'not-now' && !isLeader ? undefined : answer;\n",
        replace: '  return isLeader ? answer : answer;\n',
      },
    ],
  },
  {
    name: 'freeze-is-answered-without-the-log',
    item: 'G6',
    why: 'the old owner hands out the last changes, and goes on serving',
    patches: [
      {
        file: 'shard/shard-serving.ts',
        find: "  if (request.freeze && !state.frozen)\n    return { type: 'first', command: { type: 'freeze', shard, configuration, since } };\n",
        replace:
          "  if (request.freeze) return { type: 'part', part: readChangesPart(table, shard, { ...state, frozen: true }, request.after, request.bytesMax) };\n",
      },
    ],
  },
  {
    name: 'bulk-that-fails-blocks-the-rest',
    item: 'G7',
    why: 'a leader that comes back finds the chain of parts of its first term',
    patches: [
      {
        file: 'store/migration-host.ts',
        find: '      else end(false);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'leader-looks-for-a-configuration-once',
    item: 'G7',
    why: 'the group never takes the next one',
    patches: [
      {
        file: 'store/migration-host.ts',
        find: '      this.#pollAfter(settings.pollMs);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'next-leader-does-not-move-shards',
    item: 'G7',
    why: 'what the first leader began is left as it is',
    patches: [
      {
        file: 'store/open.ts',
        find: '      host?.stop();\n      host = replica.isLeader && migration !== undefined ? lead(migration) : undefined;\n',
        replace:
          '      host ??= replica.isLeader && migration !== undefined ? lead(migration) : undefined;\n      if (!replica.isLeader) host?.stop();\n',
      },
    ],
  },
  {
    name: 'what-was-seen-is-forgotten',
    item: 'G8',
    why: 'a follower that is behind answers from before the own write',
    patches: [
      {
        file: 'client/store-client.ts',
        find: 'LOCAL_QUERY.encode({ key, minRevision })',
        replace: 'LOCAL_QUERY.encode({ key, minRevision: 0 })',
      },
    ],
  },
  {
    name: 'log-index-stands-for-a-revision',
    item: 'G8',
    why: 'an index belongs to the log of one group, and the shard was in another one meanwhile',
    patches: [
      {
        file: 'store/store-service.ts',
        find: '      return answer.result.revision;\n',
        replace: '      return answer.index;\n',
      },
    ],
  },
  {
    name: 'wait-that-is-over-counts-as-reached',
    item: 'G8',
    why: 'the replica answers from what it has, and says nothing of it',
    patches: [
      {
        file: 'replica/state-reader.ts',
        find: 'isReached ? this.#answerIfRoom(query) : behind',
        replace: 'isReached || behind ? this.#answerIfRoom(query) : behind',
      },
    ],
  },
  {
    name: 'absent-key-has-no-revision',
    item: 'G8',
    why: 'who has seen a delete is shown the value from before it',
    patches: [
      {
        file: 'kv/machine.ts',
        find: "if (row === undefined) return { type: 'absent', revision };",
        replace: "if (row === undefined) return { type: 'absent', revision: 0 };",
      },
    ],
  },
];
