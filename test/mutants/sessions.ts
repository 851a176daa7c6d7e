import type { Mutant } from './mutant.ts';

/** Block G: what a shard remembers of its clients, and forgets. Seen with any kind of cluster. */
export const SESSION_MUTANTS: readonly Mutant[] = [
  {
    name: 'forgotten-client-is-taken-for-a-new-one',
    item: 'G8',
    why: 'a client whose session made room for others sends its last call again, and it is executed twice',
    patches: [
      {
        file: 'kv/sessions.ts',
        find: 'if (client > floor && issued <= nowMs + windowMs) return undefined;',
        replace: 'if (client !== floor && issued <= nowMs + windowMs) return undefined;',
      },
    ],
  },
  {
    name: 'session-is-forgotten-without-a-horizon',
    item: 'G8',
    why: 'whoever was forgotten is known to be by nothing but the sessions that are left',
    patches: [
      {
        file: 'kv/sessions.ts',
        find: '    horizon: later(ledger.horizon, clientOfSessionKey(shard, row.key)),\n',
        replace: '',
      },
    ],
  },
];
