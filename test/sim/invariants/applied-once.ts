import { asIndex } from '../../../src/raft/index.ts';
import { BATCH } from '../../../src/replica/index.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Life, Observation } from '../observation.ts';
import { isSameBytes } from '../shadow-log.ts';
import type { Invariant } from './invariant.ts';

interface Progress {
  applied: number;
  /** Commands of the entry after that one. */
  part: number;
  executed: Uint8Array[];
}

/**
 * A life executes the commands of the entries after the applied index, each once, in order, and writes what they
 * change together with the new applied index, and with how much of the next entry is executed.
 */
export class AppliedOnce implements Invariant {
  readonly name = 'applied once';
  readonly #lives = new WeakMap<Life, Progress>();

  check(observation: Observation, view: ClusterView): string | undefined {
    switch (observation.type) {
      case 'opened':
        this.#lives.set(observation.life, {
          applied: observation.state.applied,
          part: view.life(observation.life).part?.commands ?? 0,
          executed: [],
        });
        return undefined;
      case 'executed':
        this.#progress(observation.life).executed.push(observation.command);
        return undefined;
      case 'written':
        return this.#written(observation, view);
      default:
        return undefined;
    }
  }

  #written({ life, turn }: Extract<Observation, { type: 'written' }>, view: ClusterView): string | undefined {
    const progress = this.#progress(life);
    const { install } = turn.store ?? {};
    const { log, part } = view.life(life);
    if (install?.done) {
      progress.applied = install.snapshot.index;
      progress.part = part?.commands ?? 0;
    }
    const through = turn.applied?.through.index ?? progress.applied;
    if (part !== undefined && part.index !== through + 1) {
      return `replica ${life.replica} has applied ${through}, and executed a part of ${part.index}`;
    }
    const held: Uint8Array[] = [];
    for (let at = progress.applied + 1; at <= (part?.index ?? through); at += 1) {
      const entry = log.entry(asIndex(at));
      if (entry === undefined) return `replica ${life.replica} applies entry ${at}, which it does not have`;
      if (entry.kind !== 'command') continue;
      const { commands } = BATCH.decode(entry.payload);
      held.push(...commands.slice(0, at === part?.index ? part.commands : undefined));
    }
    const expected = held.slice(progress.part);
    const { executed } = progress;
    const isRight =
      executed.length === expected.length &&
      executed.every((command, at) => isSameBytes(command, expected[at] ?? new Uint8Array(0)));
    const from = progress.applied;
    progress.executed = [];
    progress.applied = through;
    progress.part = part?.commands ?? 0;
    if (isRight) return undefined;
    return `replica ${life.replica} executed ${executed.length} commands for entries ${from + 1} to ${through}, which hold ${expected.length}`;
  }

  #progress(life: Life): Progress {
    const progress = this.#lives.get(life) ?? { applied: 0, part: 0, executed: [] };
    this.#lives.set(life, progress);
    return progress;
  }
}
