import { isReply, type PeerReply, type Request as RaftRequest } from '../../src/raft/index.ts';
import {
  MESSAGE,
  type OnReply,
  PEER_ANSWER,
  REPLICA_PATHS,
  type Transport,
} from '../../src/replica/index.ts';
import type { Env } from '../env.ts';
import { noteAnswer, noteFailure } from './failures.ts';
import { formatReplicaName, stubOf } from './replica-name.ts';

interface PeerAnswer {
  readonly reply: PeerReply;
  readonly isShort: boolean;
}

/**
 * Carries a replica's requests to the other objects of its group; the reply is the response.
 *
 * Requests have no timer each: an object runs its timers one after the other, and hundreds of them a second, almost all
 * for nothing, would hold up the ones that matter by seconds. A request that got no answer in time is ended when a later
 * one is sent, and a leader always sends a later one.
 */
export class FetchTransport implements Transport {
  readonly #env: Env;
  readonly #group: string;
  /** Oldest first. */
  readonly #underWay = new Map<AbortController, number>();

  constructor(env: Env, group: string) {
    this.#env = env;
    this.#group = group;
  }

  send(request: RaftRequest, onReply: OnReply): void {
    const nowMs = Date.now();
    this.#endOverdue(nowMs);
    const ending = new AbortController();
    this.#underWay.set(ending, nowMs);
    // The fetch begins within this call, ahead of the writes of the same turn: their flush does not hold it up.
    this.#exchange(request, ending.signal)
      .then(
        (answer) => onReply(answer?.reply, answer?.isShort),
        (error) => {
          if (!ending.signal.aborted) noteFailure(this.#nameOf(request), error);
          onReply(undefined);
        },
      )
      .finally(() => this.#underWay.delete(ending));
  }

  async #exchange(request: RaftRequest, signal: AbortSignal): Promise<PeerAnswer | undefined> {
    const name = this.#nameOf(request);
    const stub = stubOf(this.#env, name);
    const response = await stub.fetch(`https://replica${REPLICA_PATHS.raft}`, {
      method: 'POST',
      body: MESSAGE.encode(request),
      signal,
    });
    // A body that nobody reads keeps its object busy, so it is read whatever the status.
    const body = new Uint8Array(await response.arrayBuffer());
    noteAnswer(name);
    if (response.status !== 200) return undefined;
    const answer = PEER_ANSWER.tryDecode(body);
    if (answer === undefined || !isReply(answer.reply)) return undefined;
    return { reply: answer.reply, isShort: answer.isShort };
  }

  #nameOf({ to }: RaftRequest): string {
    return formatReplicaName({ group: this.#group, id: to });
  }

  #endOverdue(nowMs: number): void {
    for (const [ending, sentAtMs] of this.#underWay) {
      if (nowMs - sentAtMs < this.#env.REPLY_TIMEOUT_MS) return;
      ending.abort();
    }
  }
}
