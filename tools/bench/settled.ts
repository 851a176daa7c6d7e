import { setTimeout as pause } from 'node:timers/promises';
import { PATHS } from '../../src/protocol/index.ts';

const POLL_MS = 50;
/** Once the clients are silent, all replicas are at the same index well within this time. */
const SETTLE_MS_MAX = 60_000;

/** Waits until all replicas of a group have applied the same entries. */
export async function untilSettled(url: string, group: string): Promise<void> {
  const deadlineMs = performance.now() + SETTLE_MS_MAX;
  while (!(await isSettled(url, group))) {
    if (performance.now() > deadlineMs) throw new Error('the replicas do not come to the same index');
    await pause(POLL_MS);
  }
}

interface Applied {
  readonly applied: number;
  readonly last: { readonly index: number };
}

async function isSettled(url: string, group: string): Promise<boolean> {
  const response = await fetch(`${url}${PATHS.status}`);
  const { groups } = (await response.json()) as {
    readonly groups: readonly { readonly name: string; readonly replicas: readonly Partial<Applied>[] }[];
  };
  const replicas = groups.find(({ name }) => name === group)?.replicas ?? [];
  const [first] = replicas;
  return (
    first?.applied !== undefined &&
    replicas.every(({ applied, last }) => applied === first.applied && last?.index === first.applied)
  );
}
