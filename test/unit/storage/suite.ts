import { test } from 'vitest';
import type { ReplicaDisk } from '../../../src/storage/index.ts';

/** A disk on which one process after the other runs; all that one has written is there for the next. */
export interface TestDisk {
  start(): ReplicaDisk;
}

/**
 * Runs the body of a test where its storage may be used. In Node that is here; in workerd it is inside a Durable
 * Object, whose storage nobody may touch from outside.
 */
export type Host = (body: () => void) => void | Promise<void>;

export const HERE: Host = (body) => body();

/** Declares a test whose body runs in that host. */
export type Check = (title: string, body: () => void) => void;

export function checksIn(host: Host): Check {
  return (title, body) => test(title, () => host(body));
}
