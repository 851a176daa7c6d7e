import { asIndex } from '../../../src/raft/index.ts';
import { BATCH } from '../../../src/replica/index.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { Life, Observation } from '../observation.ts';
import { isSameBytes } from '../shadow-log.ts';
import type { Invariant } from './invariant.ts';

interface Progress {
  applied: number;
  executed: Uint8Array[];
}

/**
 * A life executes the commands of the entries after the applied index, each once, in order, and writes what they
 * change together with the new applied index.
 */
export class AppliedOnce implements Invariant {
  readonly name = 'applied once';
  readonly #lives = new WeakMap<Life, Progress>();

  check(observation: Observation, view: ClusterView): string | undefined {
    switch (observation.type) {
      case 'opened':
        this.#lives.set(observation.life, { applied: observation.state.applied, executed: [] });
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
    if (install?.done) progress.applied = install.snapshot.index;
    const through = turn.applied?.through.index ?? progress.applied;
    const expected: Uint8Array[] = [];
    for (let at = progress.applied + 1; at <= through; at += 1) {
      const entry = view.life(life).log.entry(asIndex(at));
      if (entry === undefined) return `replica ${life.replica} applies entry ${at}, which it does not have`;
      if (entry.kind === 'command') expected.push(...BATCH.decode(entry.payload).commands);
    }
    const { executed } = progress;
    const isRight =
      executed.length === expected.length &&
      executed.every((command, at) => isSameBytes(command, expected[at] ?? new Uint8Array(0)));
    const from = progress.applied;
    progress.executed = [];
    progress.applied = through;
    if (isRight) return undefined;
    return `replica ${life.replica} executed ${executed.length} commands for entries ${from + 1} to ${through}, which hold ${expected.length}`;
  }

  #progress(life: Life): Progress {
    const progress = this.#lives.get(life) ?? { applied: 0, executed: [] };
    this.#lives.set(life, progress);
    return progress;
  }
}
