/** Drives the clients of src/client with `fetch`: what the HTTP API stands on. */

import {
  type Attempt,
  type Call,
  type CallOutcome,
  type CallPort,
  ControllerClient,
  carryOut,
  GroupCaller,
  OneGroupRoute,
  type ReadmissionOrder,
  readmission,
  SessionPool,
  ShardRouter,
  StoreClient,
  type TakenBack,
} from '../../src/client/index.ts';
import { DEFAULT_KV_SETTINGS } from '../../src/kv/index.ts';
import type { ByteBudget } from '../../src/replica/index.ts';
import { createShardOf } from '../../src/shard/index.ts';
import type { Env } from '../env.ts';
import { fetchPort, pausingBy, sharedCalls } from '../fetch-port.ts';
import { SOLO } from '../objects/replica-name.ts';
import { clusterPlaces } from '../places.ts';

export class Gateway {
  readonly controller: ControllerClient;
  readonly router: ShardRouter;
  readonly store: StoreClient;
  /** The unreplicated server. */
  readonly solo: StoreClient;
  readonly #port: CallPort;

  /** `replies`: where the answers of replicas count while they come. */
  constructor(env: Env, replies?: ByteBudget) {
    const port = sharedCalls(fetchPort(env, replies));
    const { controller, controllerReplicas, replicasOf } = clusterPlaces(env);
    this.#port = port;
    this.controller = new ControllerClient({
      ...controller,
      group: new GroupCaller(controllerReplicas, port),
    });
    this.router = new ShardRouter({
      port,
      controller: this.controller,
      replicasOf,
      shardCount: env.SHARDS,
      patienceMs: env.REPLY_TIMEOUT_MS,
    });
    const client = (route: ShardRouter | OneGroupRoute): StoreClient =>
      new StoreClient({
        port,
        route,
        shardOf: createShardOf(env.SHARDS),
        sessions: new SessionPool({ settings: DEFAULT_KV_SETTINGS, uniquePart: () => crypto.randomUUID() }),
        deadlineMs: env.REQUEST_DEADLINE_MS,
        localAnswerMs: env.REPLY_TIMEOUT_MS,
      });
    this.store = client(this.router);
    this.solo = client(new OneGroupRoute(new GroupCaller([SOLO], port)));
  }

  run<Outcome>(call: Call<Outcome>, port: CallPort = this.#port): Promise<Outcome> {
    return new Promise((resolve, reject) => carryOut(call, port, resolve, reject));
  }

  /** Where calls of one request run whose pauses are made by `pause`. */
  portPausingBy(pause: CallPort['pause']): CallPort {
    return pausingBy(this.#port, pause);
  }

  /** Takes back a voter that has lost its disk, or whose disk is damaged. */
  readmit(order: ReadmissionOrder, timeoutMs: number): Promise<CallOutcome<TakenBack>> {
    return this.run(readmission(order, this.#port, timeoutMs));
  }

  /** One attempt. */
  ask(attempt: Attempt): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.#port.ask(attempt, resolve));
  }
}
