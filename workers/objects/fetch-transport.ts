import { decodeMessage, encodeMessage, REPLICA_PATHS } from '../../src/protocol/index.ts';
import { isRequest, type Request as RaftRequest, type Reply } from '../../src/raft/index.ts';
import type { Transport } from '../../src/replica/index.ts';
import type { Env } from '../env.ts';
import { replicaStub } from './replica-name.ts';

/** Carries a replica's requests to the other objects of its group; the reply is the response. */
export class FetchTransport implements Transport {
  readonly #env: Env;
  readonly #group: string;

  constructor(env: Env, group: string) {
    this.#env = env;
    this.#group = group;
  }

  send(request: RaftRequest, onReply: (reply: Reply | undefined) => void): void {
    // The fetch begins within this call, ahead of the writes of the same turn: their flush does not hold it up.
    this.#exchange(request).then(onReply, () => onReply(undefined));
  }

  async #exchange(request: RaftRequest): Promise<Reply | undefined> {
    const stub = replicaStub(this.#env, { group: this.#group, id: request.to });
    const response = await stub.fetch(`https://replica${REPLICA_PATHS.raft}`, {
      method: 'POST',
      body: encodeMessage(request),
      signal: AbortSignal.timeout(this.#env.REPLY_TIMEOUT_MS),
    });
    // A body that nobody reads keeps its object busy, so it is read whatever the status.
    const body = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 200) return undefined;
    const reply = decodeMessage(body);
    return isRequest(reply) ? undefined : reply;
  }
}
