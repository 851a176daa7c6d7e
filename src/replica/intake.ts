/**
 * What a replica takes from others: the commands that a log may hold, and the chunks that a state may be made of.
 *
 * replica.G1  A command of a level above 0 is proposed only when every other replica of the group has announced, to this
 *     leader in its term, that it can read it. So no log holds what a replica of the group would take for unreadable.
 */

import type { ReplicaId, Request } from '../raft/index.ts';
import type { ReplicaAnswer } from './answer.ts';
import { isReadableChunk } from './chunk-check.ts';
import type { ReplicaParts } from './parts.ts';
import type { ReplicaTrace } from './replica-trace.ts';

type IntakeParts = Pick<ReplicaParts<unknown, never, unknown>, 'options' | 'stateMachine'>;

type Refusal = Extract<ReplicaAnswer<never>, { type: 'unreadable' | 'too-large' }>;

export class Intake {
  readonly #parts: IntakeParts;
  readonly #trace: ReplicaTrace | undefined;

  constructor(parts: IntakeParts, trace: ReplicaTrace | undefined) {
    this.#parts = parts;
    this.#trace = trace;
  }

  /**
   * Why a command must not be proposed; undefined if it may be. The service that takes a command has read it whole
   * before. `notReading`: the first replica that has not announced a level.
   */
  refusal(command: Uint8Array, notReading: (level: number) => ReplicaId | undefined): Refusal | undefined {
    const { options, stateMachine } = this.#parts;
    const { commandBytesMax: bytesMax } = options.limits;
    if (command.byteLength > bytesMax) return { type: 'too-large', bytesMax };
    const level = stateMachine.levelOf === undefined ? 0 : stateMachine.levelOf(command);
    if (level === 0) return undefined;
    const replica = level === undefined ? options.raft.id : notReading(level);
    if (replica === undefined) return undefined;
    this.#trace?.says(`refuses a command that replica ${replica} cannot read, as far as it has said`);
    return { type: 'unreadable', replica };
  }

  /** Whether all in a request is read whole. A leader sends again what it had no answer to. */
  isReadable(request: Request): boolean {
    if (request.type !== 'snapshot-request') return true;
    const { stateMachine } = this.#parts;
    const { chunk } = request;
    if (isReadableChunk(chunk, (key, value) => stateMachine.readsRow?.(key, value) ?? true)) return true;
    this.#trace?.says(`cannot read chunk '${chunk.cursor}' of ${chunk.stream}, which counts as lost`);
    return false;
  }
}
