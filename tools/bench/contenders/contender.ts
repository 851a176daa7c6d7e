/**
 * A server that is measured: how it is started, and what it is once it runs. Each has processes, a disk and a port of its
 * own, and all run at the same time so that they can take turns. Who has no turn is frozen: even an idle group takes
 * time from the one that is measured, by its heartbeats.
 */

import type { Dialect } from '../dialects.ts';
import { cpuMs, processTree } from '../process-tree.ts';

export interface Contender {
  readonly name: ContenderName;
  readonly title: string;
  readonly dialect: Dialect;
  /** Returns when it listens; undefined if it cannot run on this machine. */
  readonly start: () => Promise<Server | undefined>;
}

export const CONTENDER_NAMES = [
  'floor',
  'solo',
  'group-3',
  'group-5',
  'groups-2',
  'groups-4',
  'start',
  'etcd',
] as const;
export type ContenderName = (typeof CONTENDER_NAMES)[number];

export interface Server {
  readonly url: string;
  /** Of the processes that were started; what these have started belongs to it too. */
  readonly pids: readonly number[];
  readonly stop: () => Promise<void>;
}

/** CPU time that all processes of the server have taken so far. */
export function serverCpuMs({ pids }: Server): number {
  return allProcesses(pids).reduce((sum, pid) => sum + cpuMs(pid), 0);
}

/** Stops all its processes where they are. */
export function freeze({ pids }: Server): void {
  signalAll(pids, 'SIGSTOP');
}

export function thaw({ pids }: Server): void {
  signalAll(pids, 'SIGCONT');
}

/** One that has ended meanwhile is no failure of its own: the next request tells. */
function signalAll(pids: readonly number[], signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of allProcesses(pids)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function allProcesses(pids: readonly number[]): readonly number[] {
  return pids.flatMap(processTree);
}
