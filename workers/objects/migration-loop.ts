import { REPLICA_PATHS } from '../../src/protocol/index.ts';
import type { Replica } from '../../src/replica/index.ts';
import {
  DEFAULT_MIGRATION_LIMITS,
  decodeShardAnswer,
  encodeShardCommand,
  encodeShardRequest,
  type GroupId,
  MigrationDriver,
  type Neighbour,
  type ShardAnswer,
  type ShardCommand,
  type ShardRequest,
  type StoreAnswer,
  type StoreQuery,
  type StoreResult,
} from '../../src/shard/index.ts';
import { ControllerClient } from '../controller-client.ts';
import type { Env } from '../env.ts';
import { GroupClient } from '../group-client.ts';
import { storeGroupName } from './replica-name.ts';

/**
 * What is written for a shard on its way holds up the commands behind it in the log. So the loop rests after it, as many
 * times as long as it took. Once a majority has it there is as much again to do, at the last follower, in applying and
 * in compaction: where all replicas share a thread, their clients lose about a seventh of the time. Where it was spent on
 * long ways, resting would help nobody; hence the limit.
 */
const RESTS_PER_WORK = 12;
const REST_MS_MAX = 1000;

/** Runs the migration driver as long as its replica leads. */
export class MigrationLoop {
  readonly #env: Env;
  readonly #replica: Replica<StoreResult, StoreQuery, StoreAnswer>;
  readonly #controller: ControllerClient;
  readonly #neighbours = new Map<GroupId, GroupClient>();
  readonly #driver: MigrationDriver;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Ends when the last bulk is written, and the rest after it is over: one at a time, however many shards move. */
  #bulk: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(env: Env, replica: Replica<StoreResult, StoreQuery, StoreAnswer>) {
    this.#env = env;
    this.#replica = replica;
    this.#controller = new ControllerClient(env);
    this.#driver = new MigrationDriver(
      {
        configuration: (number, done) => {
          this.#controller.configuration(number, env.REPLY_TIMEOUT_MS).then(done, () => done(undefined));
        },
        ask: (group, request, done) => {
          this.#ask(group, request).then(done, () => done(undefined));
        },
        propose: (command, done) => this.#propose(command, done),
        proposeBulk: (command, done) => this.#proposeBulk(command, done),
        nudge: (group) => {
          const call = { path: REPLICA_PATHS.wake, body: new Uint8Array(0) };
          // Whether it heard shows by its coming for the shard.
          this.#client(group)
            .askAnyone(call, env.REPLY_TIMEOUT_MS)
            .catch(() => {});
        },
        again: () => this.#run(false),
      },
      DEFAULT_MIGRATION_LIMITS,
    );
    this.#schedule(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#run(true);
      this.#schedule(this.#env.CONFIGURATION_POLL_MS);
    }, delayMs);
  }

  #run(poll: boolean): void {
    if (this.#stopped) return;
    const outcome = this.#replica.queryLocal({ type: 'work' });
    if (outcome.type === 'answered' && outcome.answer.type === 'work') this.#driver.run(outcome.answer, poll);
  }

  async #ask(to: Neighbour, request: ShardRequest): Promise<ShardAnswer | undefined> {
    const call = { path: REPLICA_PATHS.shard, body: encodeShardRequest(request) };
    const answer = await this.#client(to.group).untilAnswered(call, this.#env.REPLY_TIMEOUT_MS);
    return answer.type === 'done' ? decodeShardAnswer(answer.result) : undefined;
  }

  #client(group: GroupId): GroupClient {
    const client = this.#neighbours.get(group) ?? new GroupClient(this.#env, storeGroupName(group));
    this.#neighbours.set(group, client);
    return client;
  }

  #propose(command: ShardCommand, done: (applied: boolean) => void): void {
    this.#replica.propose(encodeShardCommand(command), (outcome) => {
      done(outcome.type === 'applied' && outcome.result.type === 'done');
    });
  }

  #proposeBulk(command: ShardCommand, done: (applied: boolean) => void): void {
    // One that fails must not hold up those behind it for ever.
    this.#bulk = this.#bulk.then(() => this.#proposeAndRest(command, done)).catch(console.error);
  }

  async #proposeAndRest(command: ShardCommand, done: (applied: boolean) => void): Promise<void> {
    // It may have waited for so long that another replica leads.
    if (this.#stopped) return done(false);
    const beganMs = Date.now();
    const applied = await new Promise<boolean>((resolve) => this.#propose(command, resolve));
    const restMs = Math.min(RESTS_PER_WORK * (Date.now() - beganMs), REST_MS_MAX);
    if (applied) await new Promise((resolve) => setTimeout(resolve, restMs));
    done(applied);
  }
}
