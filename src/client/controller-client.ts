/** Asks the controller's group, and forms the cluster if there is none yet. */

import {
  CHANGE_COMMAND,
  CHANGE_RESULT,
  type Change,
  type ChangeResult,
  CONFIGURATION_QUERY,
} from '../controller/index.ts';
import { REPLICA_PATHS } from '../replica/index.ts';
import {
  CONFIGURATION,
  type Configuration,
  type GroupId,
  type Groups,
  groupOf,
  NOBODY,
  type Origin,
  type ShardId,
} from '../shard/index.ts';
import type { Call } from './call.ts';
import type { GroupCaller } from './group-caller.ts';

export interface ControllerClientOptions {
  readonly group: GroupCaller;
  /** The store groups that a cluster begins with. */
  readonly firstGroups: Groups;
  /** Names a client of the controller, and is never twice the same. */
  readonly newClient: () => string;
}

export class ControllerClient {
  readonly #options: ControllerClientOptions;
  /** The latest request that the controller is known to have remembered. */
  #after = 0;
  /** Searches for the origin of a shard that wait for the controller. */
  readonly #searches = new Map<ShardId, Search>();

  constructor(options: ControllerClientOptions) {
    this.#options = options;
  }

  /**
   * The latest for undefined and for a number that there is not (yet); the oldest that is kept for one that is kept no
   * longer. Undefined when the controller does not answer. One that has too much to do is asked again, less and less
   * often: whoever must know several configurations, one after the other, would begin anew with the first.
   */
  *configuration(number: number | undefined, timeoutMs: number): Call<Configuration | undefined> {
    const { group } = this.#options;
    const body = CONFIGURATION_QUERY.encode({ number });
    const untilMs = group.nowMs() + timeoutMs;
    const backoff = group.newBackoff();
    for (let leftMs = timeoutMs; leftMs > 0; leftMs = untilMs - group.nowMs()) {
      const outcome = yield* group.untilAnswered(REPLICA_PATHS.query, body, leftMs);
      if (outcome.type === 'answered') return CONFIGURATION.tryDecode(outcome.result);
      if (outcome.reason !== 'overloaded') return undefined;
      yield backoff.next(untilMs - group.nowMs());
    }
    return undefined;
  }

  /** The latest configuration; of a cluster that nobody has used yet, the one that its first groups make. */
  *latest(timeoutMs: number): Call<Configuration | undefined> {
    const { group, firstGroups } = this.#options;
    const untilMs = group.nowMs() + timeoutMs;
    const known = yield* this.configuration(undefined, timeoutMs);
    if (known === undefined || known.number > 0) return known;
    const result = yield* this.change({ type: 'form', groups: firstGroups }, untilMs - group.nowMs());
    // Another client, which asked for the same, may have come first.
    if (result?.type === 'configured') return result.configuration;
    return yield* this.configuration(undefined, untilMs - group.nowMs());
  }

  /** Undefined when the outcome is unknown. A client of its own for each change: resends within are executed once. */
  *change(change: Change, timeoutMs: number): Call<ChangeResult | undefined> {
    const { group, newClient } = this.#options;
    const untilMs = group.nowMs() + timeoutMs;
    for (let leftMs = timeoutMs; ; leftMs = untilMs - group.nowMs()) {
      const body = CHANGE_COMMAND.encode({ client: newClient(), sequence: 1, after: this.#after, change });
      const outcome = yield* group.untilAnswered(REPLICA_PATHS.command, body, leftMs);
      if (outcome.type === 'failed') {
        return outcome.reason === 'unreadable' ? { type: 'unreadable', replica: outcome.replica } : undefined;
      }
      const result = CHANGE_RESULT.tryDecode(outcome.result);
      if (result?.type !== 'session-expired') return result;
      this.#after = result.latest;
      // Only what was sent once is known not to be executed.
      if (outcome.mayBeExecuted) return undefined;
    }
  }

  /**
   * Who may still have a shard that a lost group owned just before configuration `before`: the last group, not lost
   * itself, that gave it away. Nobody, if there was none, or if all who might have something to give have finished
   * with that. Undefined when the controller does not answer one of the questions in its time.
   *
   * The next call goes on with that question: a controller that is late most of the time would hardly ever answer all
   * in a row. What was passed over need not be asked again, since configurations stay as they are, and lost groups lost.
   */
  *origin(
    shard: ShardId,
    before: number,
    lost: ReadonlySet<GroupId>,
    timeoutMs: number,
  ): Call<Origin | undefined> {
    const left = this.#searches.get(shard);
    this.#searches.delete(shard);
    let search: Search =
      left?.before === before ? left : { before, number: before - 1, ownerAfter: undefined };
    while (search.number >= 0) {
      const { number, ownerAfter } = search;
      const found = yield* this.configuration(number, timeoutMs);
      if (found === undefined) {
        this.#searches.set(shard, search);
        return undefined;
      }
      // It is kept no longer, so nobody waits for a move that it made.
      if (found.number !== number) return NO_ORIGIN;
      const owner = groupOf(found, shard);
      if (owner === NOBODY) return NO_ORIGIN;
      if (owner !== ownerAfter && !lost.has(owner)) {
        const replicas = found.groups.get(owner)?.replicas ?? [];
        return { from: { group: owner, replicas }, move: number + 1 };
      }
      search = { before, number: number - 1, ownerAfter: owner };
    }
    return NO_ORIGIN;
  }

  /** The key that signs client ids: `offered` if the cluster has none yet. Undefined when the controller does not answer. */
  *clientIdKey(offered: Uint8Array, timeoutMs: number): Call<Uint8Array | undefined> {
    const result = yield* this.change({ type: 'keep-key', key: offered }, timeoutMs);
    return result?.type === 'key' ? result.key : undefined;
  }
}

/** Configurations are looked at one after the other, the latest first. */
interface Search {
  readonly before: number;
  /** The one to be looked at. */
  readonly number: number;
  /** The owner of the shard in the one after that; undefined if that was not looked at. */
  readonly ownerAfter: GroupId | undefined;
}

const NO_ORIGIN: Origin = { from: { group: NOBODY, replicas: [] }, move: 0 };
