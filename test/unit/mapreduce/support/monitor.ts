import { formatLine, type JobState, partitionOf } from '../../../../src/mapreduce/index.ts';
import type { Task } from '../../../../src/mapreduce/task.ts';
import { resultOf } from '../../../../src/mapreduce/task.ts';

/** Watches every transition for what must never happen, whatever breaks. */
export class Monitor {
  readonly violations: string[] = [];
  readonly #published = new Map<number, { readonly attempt: number; readonly text: string }>();

  transition(before: JobState, after: JobState): void {
    for (const kind of ['maps', 'reduces'] as const) {
      for (const [index, task] of after[kind].entries()) {
        const old = before[kind][index];
        if (old !== undefined && old !== task) this.#task(old, task);
      }
    }
    if (before.status.type !== 'running' && before !== after) this.violations.push('an ended job changed');
  }

  #task(before: Task, after: Task): void {
    const was = resultOf(before);
    const is = resultOf(after);
    const name = `${after.kind} task ${after.index}`;
    if (was !== undefined && is !== undefined && (was.attempt !== is.attempt || was.worker !== is.worker)) {
      this.violations.push(`${name} was committed twice, by attempts ${was.attempt} and ${is.attempt}`);
    }
    if (is !== undefined && is.attempt <= before.voidThrough)
      this.violations.push(`${name}: a lost result came back`);
    if (after.attempts < before.attempts) this.violations.push(`${name}: attempt numbers went back`);
  }

  publish(reduce: number, attempt: number, text: string): void {
    const earlier = this.#published.get(reduce);
    if (earlier !== undefined && earlier.attempt !== attempt) {
      this.violations.push(`output ${reduce} was published by attempts ${earlier.attempt} and ${attempt}`);
    }
    this.#published.set(reduce, { attempt, text });
  }

  get output(): string {
    return [...this.#published.values()].map(({ text }) => text).join('');
  }

  /** At the end: the same lines as one worker alone would write, each in the output where its key belongs. */
  compare(sequential: string, reduceTasks: number): void {
    if (sortedLines(this.output) !== sortedLines(sequential)) {
      this.violations.push(`the output differs from the sequential one:\n${this.output}\n---\n${sequential}`);
    }
    for (const [reduce, { text }] of this.#published) {
      for (const line of text.split('\n').slice(0, -1)) {
        const key = line.slice(0, line.indexOf(' '));
        if (partitionOf(new TextEncoder().encode(key), reduceTasks) !== reduce) {
          this.violations.push(`${formatLine(key, '')} is in the wrong output`);
        }
      }
    }
  }
}

export function sortedLines(text: string): string {
  return text.split('\n').sort().join('\n').trim();
}
