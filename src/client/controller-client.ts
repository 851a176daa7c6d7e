/** Asks the controller's group, and forms the cluster if there is none yet. */

import {
  CHANGE_COMMAND,
  CHANGE_RESULT,
  type Change,
  type ChangeResult,
  CONFIGURATION_QUERY,
} from '../controller/index.ts';
import { REPLICA_PATHS } from '../replica/index.ts';
import { CONFIGURATION, type Configuration, type Groups } from '../shard/index.ts';
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

  constructor(options: ControllerClientOptions) {
    this.#options = options;
  }

  /** The latest for undefined and for a number that there is not (yet). Undefined when the controller does not answer. */
  *configuration(number: number | undefined, timeoutMs: number): Call<Configuration | undefined> {
    const body = CONFIGURATION_QUERY.encode({ number });
    const outcome = yield* this.#options.group.untilAnswered(REPLICA_PATHS.query, body, timeoutMs);
    return outcome.type === 'answered' ? CONFIGURATION.tryDecode(outcome.result) : undefined;
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
    const body = CHANGE_COMMAND.encode({ client: this.#options.newClient(), sequence: 1, change });
    const outcome = yield* this.#options.group.untilAnswered(REPLICA_PATHS.command, body, timeoutMs);
    return outcome.type === 'answered' ? CHANGE_RESULT.tryDecode(outcome.result) : undefined;
  }

  /** The key that signs client ids: `offered` if the cluster has none yet. Undefined when the controller does not answer. */
  *clientIdKey(offered: Uint8Array, timeoutMs: number): Call<Uint8Array | undefined> {
    const result = yield* this.change({ type: 'keep-key', key: offered }, timeoutMs);
    return result?.type === 'key' ? result.key : undefined;
  }
}
