/**
 * A group of three in virtual time, of which any call of a port may throw at any moment: the disk, the network, the
 * clock, the state machine, those who are called back, and those who listen. Counts how often each caller is answered.
 */

import { asReplicaId, DEFAULT_LIMITS, Membership, type PeerReply } from '../../../../src/raft/index.ts';
import {
  DEFAULT_REPLICA_LIMITS,
  Replica,
  type ReplicaAnswer,
  type StateMachine,
} from '../../../../src/replica/index.ts';
import {
  DEFAULT_WRITE_BEHIND_LIMITS,
  type FrozenView,
  type ReplicaDisk,
  type Table,
  WriteBehind,
} from '../../../../src/storage/index.ts';
import { MemoryDisk, MemoryStorage } from '../../../../tools/memory-storage/index.ts';
import { Random } from '../../../sim/random.ts';
import { Scheduler } from '../../../sim/scheduler.ts';

type Counting = Replica<string, string, string>;

interface Caller {
  readonly what: string;
  answers: number;
}

const IDS = [1, 2, 3].map(asReplicaId);
const MEMBERSHIP = Membership.of(IDS, []);
const LIMITS = {
  ...DEFAULT_REPLICA_LIMITS,
  logEntriesMax: 8,
  logTailEntries: 2,
  chunkBytesMax: 20,
  queueCommandsMax: 6,
  waitingReadsMax: 6,
  localWaitMsMax: 100,
};

export class ThrowingGroup {
  readonly scheduler = new Scheduler();
  readonly random: Random;
  readonly callers: Caller[] = [];
  readonly outcomes = new Map<string, number>();
  halts = 0;
  faults = 0;
  /** Of 1000 calls of ports. */
  #permille: number;
  readonly #disks = new Map(IDS.map((id) => [id, new MemoryDisk()]));
  readonly #replicas = new Map<number, Counting>();

  constructor(seed: number, permille: number) {
    this.random = new Random(seed);
    this.#permille = permille;
    for (const id of IDS) this.#start(id);
  }

  get replicas(): readonly Counting[] {
    return [...this.#replicas.values()];
  }

  get leader(): Counting | undefined {
    return this.replicas.find(({ isLeader }) => isLeader);
  }

  /** From now on nothing throws. */
  calm(): void {
    this.#permille = 0;
  }

  /** A caller whose answers are counted, and who may throw at one. */
  caller<Answer>(what: string): (answer: Answer) => void {
    const caller: Caller = { what, answers: 0 };
    this.callers.push(caller);
    return (answer) => {
      caller.answers += 1;
      const type = (answer as { readonly type?: string } | undefined)?.type ?? 'nothing';
      const outcome = `${what}: ${type}`;
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
      this.#mayThrow(what);
    };
  }

  /** Somebody asks something of some replica. Nothing that they call throws. */
  askSomething(): void {
    const replica = this.random.pick(this.replicas);
    const caller = (what: string) => this.caller<ReplicaAnswer<string>>(what);
    switch (this.random.below(5)) {
      case 0:
      case 1:
        return replica.propose(new Uint8Array([this.random.below(256)]), caller('a command'));
      case 2:
        return replica.query('query', caller('a read'));
      case 3: {
        const least = replica.status().applied + this.random.below(3);
        const progress = (): number => {
          this.#mayThrow('a look at the progress');
          return replica.status().applied;
        };
        return replica.queryWhen({ what: 0, least, progress }, 'query', caller('a local read'));
      }
      default:
        replica.queryLocal('query');
    }
  }

  stopAll(): void {
    for (const replica of this.replicas) replica.stop();
  }

  #mayThrow(what: string): void {
    if (this.random.chance(this.#permille, 1000)) throw new Error(`${what} throws`);
  }

  #start(id: (typeof IDS)[number]): void {
    const permille = this.#permille;
    // Whoever cannot begin is no replica yet: its constructor throws, and nobody waits.
    this.#permille = 0;
    const disk = this.#disks.get(id) ?? new MemoryDisk();
    const memory = new MemoryStorage(disk, {
      schedule: (deliver) => this.scheduler.after(this.random.below(3), deliver),
    });
    const replica: Counting = new Replica<string, string, string>({
      options: {
        raft: { ...DEFAULT_LIMITS, id, random: (bound) => this.random.below(bound) },
        limits: LIMITS,
      },
      membership: MEMBERSHIP,
      stateMachine: this.#machine(),
      storage: new WriteBehind(this.#storage(memory), { ...DEFAULT_WRITE_BEHIND_LIMITS, keptRowsMax: 20 }),
      transport: {
        send: (request, onReply) => {
          this.#mayThrow('the transport');
          const settle = (reply: PeerReply | undefined): void =>
            this.scheduler.after(this.random.below(5), () => onReply(reply));
          this.scheduler.after(this.random.below(5), () => {
            // It is a caller when it has come.
            const respond = this.caller<PeerReply | undefined>('a peer');
            this.#replicas.get(request.to)?.receive(request, (reply) => {
              settle(reply);
              respond(reply);
            });
          });
          this.#mayThrow('the transport, after it has sent');
        },
      },
      clock: {
        nowMs: () => {
          this.#mayThrow('the clock');
          return this.scheduler.nowMs;
        },
        wallClockMs: () => {
          this.#mayThrow('the wall clock');
          return this.scheduler.nowMs;
        },
        wakeAt: (atMs) => {
          this.#mayThrow('the timer');
          this.scheduler.at(atMs, () => replica.tick());
        },
      },
      onRoleChange: () => this.#mayThrow('the host, at a change of role'),
      onFault: () => {
        this.faults += 1;
        this.#mayThrow('the log of the host');
      },
      onHalt: () => {
        this.halts += 1;
        memory.crash(this.random.below(memory.pendingTurns + 1));
        this.scheduler.after(this.random.below(300), () => this.#start(id));
      },
      trace: () => this.#mayThrow('who listens'),
    });
    this.#replicas.set(id, replica);
    this.#permille = permille;
  }

  /** Counts its commands, one row each. */
  #machine(): StateMachine<string, string, string> {
    return {
      apply: (table: Table, command) => {
        this.#mayThrow('applying');
        const count = (table.get('count')?.[0] ?? 0) + 1;
        table.put('count', new Uint8Array([count % 256]));
        table.put(`row-${count % 32}`, command);
        return String(count);
      },
      query: (table) => {
        this.#mayThrow('a query');
        return String(table.get('count')?.[0]);
      },
    };
  }

  #storage(memory: MemoryStorage): ReplicaDisk {
    const checked = <Arguments extends readonly unknown[], Result>(
      what: string,
      call: (...given: Arguments) => Result,
    ) => {
      return (...given: Arguments): Result => {
        this.#mayThrow(what);
        return call(...given);
      };
    };
    const { table } = memory;
    return {
      open: (membership) => memory.open(membership),
      table: {
        get: checked('reading a row', (key: string) => table.get(key)),
        scan: checked('scanning', (...given: Parameters<typeof table.scan>) => table.scan(...given)),
        keys: checked('scanning keys', (...given: Parameters<typeof table.keys>) => table.keys(...given)),
      },
      write: checked('writing', (turn: Parameters<ReplicaDisk['write']>[0]) => memory.write(turn)),
      shortage: checked('measuring the disk', () => memory.shortage()),
      flush: checked('flushing', (onDurable: () => void) => memory.flush(onDurable)),
      openView: checked('opening a view', (): FrozenView => {
        const view = memory.openView();
        return {
          snapshot: view.snapshot,
          scan: checked('scanning a view', (...given: Parameters<FrozenView['scan']>) => view.scan(...given)),
          close: () => view.close(),
        };
      }),
    };
  }
}
