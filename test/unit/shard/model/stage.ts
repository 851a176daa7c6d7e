/** Three groups, and a history of configurations, for scenes in which every step is told. */

import { type CommandResult, formatClientId } from '../../../../src/kv/index.ts';
import {
  asGroupId,
  asShardId,
  type Configuration,
  groupOf,
  initialConfiguration,
  NOBODY,
  SHARD_COMMAND,
  type ShardCommand,
  type ShardId,
  type ShardPart,
  type ShardRequest,
  type StoreAnswer,
  type StoreResult,
} from '../../../../src/shard/index.ts';
import { encodeCall, MODEL_TIME_MS } from './model-clients.ts';
import { ensure } from './model-failure.ts';
import { ModelGroup } from './model-group.ts';

const SHARDS = 2;
export const SHARD = asShardId(0);
export const OTHER_SHARD = asShardId(1);
/** Keys of the two. */
export const KEY = '0a';
export const OTHER_KEY = '1a';
const SMALL_PART_BYTES = 1;
const WHOLE_BYTES = 1 << 20;

export class Stage {
  readonly #groups = [1, 2, 3].map((id) => new ModelGroup(asGroupId(id), SHARDS));
  readonly #history: Configuration[] = [initialConfiguration(SHARDS)];

  /** The owners of the two shards in configuration 1, 2, …; each group takes the first. */
  constructor(...owners: readonly (readonly [number, number])[]) {
    for (const shards of owners) {
      const ids = shards.every((owner) => owner === NOBODY) ? [] : [1, 2, 3];
      const groups = new Map(ids.map((id) => [asGroupId(id), { replicas: [`of group ${id}`] }]));
      const others = { groups, joining: new Map(), lost: [] };
      this.#history.push({ number: this.#history.length, shards: shards.map(asGroupId), ...others });
    }
    for (const { id } of this.#groups) this.take(id, 1);
  }

  group(id: number): ModelGroup {
    const group = this.#groups[id - 1];
    ensure(group !== undefined, `there is no group ${id}`);
    return group;
  }

  configuration(number: number): Configuration {
    const configuration = this.#history[number];
    ensure(configuration !== undefined, `there is no configuration ${number}`);
    return configuration;
  }

  propose(group: number, command: ShardCommand): StoreResult['type'] {
    return this.group(group).apply(SHARD_COMMAND.encode(command), MODEL_TIME_MS).type;
  }

  take(group: number, number: number): StoreResult['type'] {
    return this.propose(group, { type: 'configure', configuration: this.configuration(number) });
  }

  append(group: number, key: string, sequence: number, client = 'client'): StoreResult {
    const session = { client: formatClientId(MODEL_TIME_MS, client), sequence };
    const value = new TextEncoder().encode(`${client}.${sequence};`);
    return this.group(group).apply(
      encodeCall({ session, command: { type: 'append', key, value } }),
      MODEL_TIME_MS,
    );
  }

  get(group: number, key: string): StoreAnswer {
    return this.group(group).query({ type: 'get', key });
  }

  isServed(group: number, key: string): boolean {
    return this.get(group, key).type !== 'wrong-group';
  }

  /** How much has changed in a shard that leaves. */
  recordOf(group: number, shard: ShardId): { readonly changes: number } {
    const [, state] =
      this.group(group)
        .work()
        .shards.find(([each]) => each === shard) ?? [];
    ensure(state?.type === 'leaving', `shard ${shard} does not leave group ${group}`);
    return state;
  }

  stateOf(group: number, shard: ShardId): string {
    const [, state] =
      this.group(group)
        .work()
        .shards.find(([each]) => each === shard) ?? [];
    return state?.type ?? 'none';
  }

  /** The part that `from` gives; whatever must be in its log first is put there. */
  part(from: number, request: ShardRequest): ShardPart {
    const served = this.group(from).serve(request);
    if (served.type === 'first') {
      this.propose(from, served.command);
      return this.part(from, request);
    }
    ensure(served.type === 'part', `a request for ${request.type} was answered with ${served.type}`);
    return served.part;
  }

  /** All rows, one a part. Returns the parts. */
  copyRows(shard: ShardId, configuration: number, from: number, to: number): readonly ShardPart[] {
    const parts: ShardPart[] = [];
    for (let cursor = '', done = false; !done; ) {
      const part = this.part(from, {
        type: 'rows',
        shard,
        configuration,
        by: asGroupId(to),
        due: configuration,
        since: 0,
        cursor,
        bytesMax: SMALL_PART_BYTES,
      });
      ensure(part.type === 'rows', 'rows were asked for');
      ensure(this.install(to, shard, configuration, part) === 'done', 'a part that goes on was refused');
      parts.push(part);
      ({ nextCursor: cursor, done } = part);
    }
    return parts;
  }

  /** All changes after number `after`, in one part. */
  changes(shard: ShardId, configuration: number, from: number, after: number, freeze: boolean): ShardPart {
    const by = groupOf(this.configuration(configuration), shard);
    const asked = { shard, configuration, by, due: configuration, since: 0, bytesMax: WHOLE_BYTES };
    return this.part(from, { type: 'changes', ...asked, after, freeze });
  }

  install(to: number, shard: ShardId, configuration: number, part: ShardPart): StoreResult['type'] {
    return this.propose(to, { type: 'install', shard, configuration, part });
  }

  /** The whole of it, but for the confirmation. Returns the first part. */
  move(shard: ShardId, configuration: number, from: number, to: number): ShardPart | undefined {
    const [first] = this.copyRows(shard, configuration, from, to);
    this.install(to, shard, configuration, this.changes(shard, configuration, from, 0, true));
    ensure(this.stateOf(to, shard) === 'serving', `shard ${shard} has not arrived`);
    return first;
  }

  /** The new owner tells the old one, and is told that it has heard. */
  confirm(shard: ShardId, configuration: number, from: number, to: number): void {
    const served = this.group(from).serve({ type: 'release', shard, configuration });
    if (served.type === 'first') this.propose(from, served.command);
    this.propose(to, { type: 'confirmed', shard, configuration });
  }

  sweep(group: number, shard: ShardId): StoreResult['type'] {
    return this.propose(group, { type: 'sweep', shard });
  }
}

export function isSame(one: StoreResult | CommandResult, other: StoreResult | CommandResult): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
