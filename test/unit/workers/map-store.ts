/** A store of plain objects, whose answers take a while, and not equally long. */

import type { Command, CommandResult, ValueResult } from '../../../src/kv/index.ts';
import { createApp } from '../../../workers/app.ts';
import type { Backends, KvBackend } from '../../../workers/gateway/backends.ts';
import {
  EDGE_LIMITS,
  type EdgeBudgets,
  type EdgeLimits,
  edgeBudgets,
} from '../../../workers/gateway/edge-budgets.ts';
import { answered, unusedCluster } from './fake-backends.ts';

export interface MapStoreOptions {
  /** How many turns of the loop an answer takes; none: it waits for `release`. */
  readonly turns?: () => number;
  readonly limits?: EdgeLimits;
  readonly isHeld?: boolean;
}

/** The API over a `Map`, and what was seen of it. */
export function mapStore({ turns = () => 0, limits = EDGE_LIMITS, isHeld = false }: MapStoreOptions = {}) {
  const values = new Map<string, Uint8Array>();
  const seen = { underWay: 0, underWayMax: 0, begun: 0, reads: 0, overlaps: 0 };
  const busy = new Set<string>();
  let version = 0;
  const held = Promise.withResolvers<void>();
  if (!isHeld) held.resolve();

  async function during<Result>(key: string, work: () => Result): Promise<Result> {
    if (busy.has(key)) seen.overlaps += 1;
    busy.add(key);
    seen.begun += 1;
    seen.underWay += 1;
    seen.underWayMax = Math.max(seen.underWayMax, seen.underWay);
    await held.promise;
    for (let left = turns(); left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
    seen.underWay -= 1;
    busy.delete(key);
    return work();
  }

  function execute(command: Command): CommandResult {
    version += 1;
    const before = values.get(command.key);
    switch (command.type) {
      case 'put':
        values.set(command.key, command.value);
        return { type: 'written', version };
      case 'append': {
        const value = Buffer.concat([before ?? new Uint8Array(0), command.value]);
        values.set(command.key, new Uint8Array(value));
        const previous = before
          ? ({ type: 'present', value: before } as const)
          : ({ type: 'absent' } as const);
        return { type: 'appended', version, length: value.length, previous };
      }
      case 'delete':
        return { type: 'deleted', version, existed: values.delete(command.key) };
    }
  }

  function get(key: string): ValueResult {
    const value = values.get(key);
    if (value === undefined) return { type: 'absent', revision: version };
    return { type: 'found', value, version, revision: version };
  }

  const kv: KvBackend = {
    shardOf: (key) => key.charCodeAt(0) % 4,
    write: async (command) => answered(await during(command.key, () => execute(command))),
    read: async ({ key }) => {
      seen.reads += 1;
      return answered(await during(key, () => get(key)));
    },
  };
  const budgets: EdgeBudgets = edgeBudgets(limits);
  const app = createApp(
    (): Backends => ({
      kv,
      solo: kv,
      cluster: unusedCluster,
      budgets,
      status: async () => undefined,
      trace: async () => ({ type: 'off' }),
      newClient: async () => undefined,
      checkClient: async () => ({ type: 'not-issued' }),
    }),
  );
  return { app, values, seen, budgets, kv, release: held.resolve };
}

type App = ReturnType<typeof mapStore>['app'];

export function postJson(app: App, body: unknown, headers: Record<string, string> = {}) {
  return app.request('/v1/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

export function postLines(
  app: App,
  body: string | Uint8Array | ReadableStream<Uint8Array>,
  signal?: AbortSignal,
) {
  return app.request('/v1/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
    ...(signal ? { signal } : {}),
    // Node wants it; the types of Workers do not know it.
    ...{ duplex: 'half' },
  });
}

/** A body in these chunks, and how many of them were asked for. */
export function chunked(chunks: readonly Uint8Array[]) {
  const seen = { pulled: 0, isCancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.pulled];
        if (chunk === undefined) return controller.close();
        seen.pulled += 1;
        controller.enqueue(chunk);
      },
      cancel() {
        seen.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, seen };
}

export async function readLines(response: Response): Promise<readonly unknown[]> {
  const text = await response.text();
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
