/** Carries calls to objects, from the Worker and from objects alike. */

import { waitUntil } from 'cloudflare:workers';
import { type Attempt, type CallPort, GatheredPort, type InOwnRequest } from '../src/client/index.ts';
import { parseInteger } from '../src/protocol/index.ts';
import { type ByteBudget, type Lease, REPLICA_ANSWER, REPLICA_PATHS } from '../src/replica/index.ts';
import type { Env } from './env.ts';
import { noteAnswer, noteFailure } from './objects/failures.ts';
import { stubOf } from './objects/replica-name.ts';
import { room } from './room.ts';
import { WallClock } from './wall-clock.ts';

/** How long an answer that has come waits for room, at a replica that keeps it. */
const ROOM_WAIT_MS_MAX = 1500;

/** With `replies`, answers count there while they come, and a read whose answer has no room is refused. */
export function fetchPort(env: Env, replies?: ByteBudget): CallPort {
  const clock = new WallClock();
  return {
    nowMs: () => clock.nowMs(),
    wallClockMs: () => Date.now(),
    random: (bound) => Math.floor(Math.random() * bound),
    ask(attempt, done) {
      const counted = new CountedAnswer(attempt, replies);
      const answered = ask(env, attempt, counted)
        .then(done)
        .finally(() => counted.end())
        .catch(console.error);
      // The request that happens to make a shared call may have its own answer, or be left by its client, before the others.
      if (attempt.path === REPLICA_PATHS.gathered) waitUntil(answered);
    },
    pause(durationMs, done) {
      setTimeout(done, durationMs);
    },
  };
}

/**
 * Calls that requests share, where the runtime takes up a promise in the request that has awaited it, whichever resolves
 * it. By its compatibility date it does; a flag may say otherwise, and then each request makes its own calls.
 */
export function sharedCalls(port: CallPort): CallPort {
  return Cloudflare.compatibilityFlags[TAKEN_UP_WHERE_AWAITED] === true
    ? new GatheredPort(port, inOwnRequest)
    : port;
}

/** The same port for one request, whose pauses are made by `pause`. */
export function pausingBy(port: CallPort, pause: CallPort['pause']): CallPort {
  if (port instanceof GatheredPort) return port.pausingBy(pause);
  return {
    nowMs: () => port.nowMs(),
    wallClockMs: () => port.wallClockMs(),
    random: (bound) => port.random(bound),
    ask: (attempt, done) => port.ask(attempt, done),
    pause,
  };
}

const TAKEN_UP_WHERE_AWAITED = 'handle_cross_request_promise_resolution';

const inOwnRequest: InOwnRequest = (run) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  promise.then(run).catch(console.error);
  return resolve;
};

/** Never fails: to the caller it is all the same whether the object was reset, is overloaded or took too long. */
async function ask(
  env: Env,
  { replica, path, body, timeoutMs }: Attempt,
  counted: CountedAnswer,
): Promise<Uint8Array | undefined> {
  const ending = new AbortController();
  // Not AbortSignal.timeout, which goes on when the answer is there: an object runs its timers one after the other, and
  // those of calls that are long answered would hold up the ones that matter by seconds.
  const timer = setTimeout(() => ending.abort(), timeoutMs);
  try {
    const request = { method: 'POST', body, signal: ending.signal };
    const response = await stubOf(env, replica).fetch(`https://replica${path}`, request);
    if (!(await counted.begin(response))) {
      await response.body?.cancel();
      return counted.refusal;
    }
    const answer = new Uint8Array(await response.arrayBuffer());
    noteAnswer(replica);
    return response.status === 200 ? answer : undefined;
  } catch (error) {
    if (!ending.signal.aborted) noteFailure(replica, error);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** What a replica with too much to do would answer itself: nothing was done. */
const OVERLOADED = REPLICA_ANSWER.encode({ type: 'overloaded' });

/** Without a budget nothing counts. */
class CountedAnswer {
  readonly #path: Attempt['path'];
  readonly #replies: ByteBudget | undefined;
  #lease: Lease | undefined;

  constructor({ path }: Attempt, replies: ByteBudget | undefined) {
    this.#path = path;
    this.#replies = replies;
  }

  get refusal(): Uint8Array | undefined {
    const isRead = this.#path === REPLICA_PATHS.query || this.#path === REPLICA_PATHS.localQuery;
    return isRead ? OVERLOADED : undefined;
  }

  /** Returns whether there is room, or was soon. What was executed is answered whatever there is. */
  async begin({ headers }: Response): Promise<boolean> {
    if (this.#replies === undefined) return true;
    const bytes = parseInteger(headers.get('content-length') ?? '', 0) ?? 0;
    this.#lease = await room(this.#replies, bytes, ROOM_WAIT_MS_MAX);
    const isRead = this.refusal !== undefined;
    if (!isRead) this.#lease ??= this.#replies.hold(bytes);
    return this.#lease !== undefined;
  }

  end(): void {
    if (this.#lease !== undefined) this.#replies?.give(this.#lease);
  }
}
