/**
 * The fault Worker, with replicas that can be held back, and counts of what they are sent of snapshots:
 *
 *     POST /hold/{group}/{id}                   the replica answers 503 to everything
 *     POST /release/{group}/{id}?crash-after=N  no longer; its object crashes once, at the chunk after N
 *     GET /chunks/{group}/{id}                  what it was sent; JSON
 *     GET /digest/{group}/{id}                  a digest of the whole state on its disk; JSON
 */

import { MESSAGE, REPLICA_PATHS, type ReplicaLimits } from '../../src/replica/index.ts';
import type { ChunkCounts } from '../../tools/bench/chunk-counts.ts';
import type { Env } from '../../workers/env.ts';
import { formatReplicaName, parseReplicaName, stubOf } from '../../workers/objects/replica-name.ts';
import faulty, { StoreReplica as FaultStoreReplica } from './fault.worker.ts';

export {
  ControllerReplica,
  KvServer,
  MapReduceCatalogue,
  MapReduceCoordinator,
  MapReduceWorker,
} from './fault.worker.ts';

const ROUTE = /^\/(hold|release|chunks|digest)\/(.+)$/;
const DIGEST_ROWS = 16;
/** So that what was applied is soon on the disk. */
const CHECKPOINT_IDLE_MS = 500;

/** Outside of the objects, which crash: all of them share this isolate. */
const held = new Set<string>();
const crashAfter = new Map<string, number>();
const counts = new Map<string, ChunkCounts>();

export class StoreReplica extends FaultStoreReplica {
  override async fetch(request: Request): Promise<Response> {
    const name = this.ctx.id.name ?? '';
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/digest/')) return Response.json(await digest(this.ctx.storage.sql));
    const body = await request.arrayBuffer();
    if (held.has(name)) return new Response('held back by a test', { status: 503 });
    if (pathname === REPLICA_PATHS.raft) this.#count(name, new Uint8Array(body));
    return super.fetch(new Request(request.url, { method: 'POST', body }));
  }

  protected override limits(): ReplicaLimits {
    return { ...super.limits(), checkpointIdleMs: CHECKPOINT_IDLE_MS };
  }

  #count(name: string, body: Uint8Array): void {
    const message = MESSAGE.tryDecode(body);
    if (message?.type !== 'snapshot-request') return;
    const bytes = message.chunk.data.byteLength;
    const before = counts.get(name);
    const chunks = (before?.chunks ?? 0) + 1;
    const crashes = chunks > (crashAfter.get(name) ?? Number.POSITIVE_INFINITY);
    counts.set(name, {
      chunks,
      bytes: (before?.bytes ?? 0) + bytes,
      largestBytes: Math.max(before?.largestBytes ?? 0, bytes),
      beginnings: (before?.beginnings ?? 0) + (message.chunk.cursor === '' ? 1 : 0),
      crashes: (before?.crashes ?? 0) + (crashes ? 1 : 0),
      firstAtMs: before?.firstAtMs ?? Date.now(),
      doneAtMs: message.chunk.done ? Date.now() : before?.doneAtMs,
    });
    if (!crashes) return;
    crashAfter.delete(name);
    this.ctx.abort('crashed by a test');
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const [, action, text = ''] = ROUTE.exec(pathname) ?? [];
    const replica = parseReplicaName(text);
    if (replica === undefined) return faulty.fetch(request, env, ctx);
    const name = formatReplicaName(replica);
    switch (action) {
      case 'hold':
        held.add(name);
        return new Response(null, { status: 204 });
      case 'release':
        if (searchParams.has('crash-after')) crashAfter.set(name, Number(searchParams.get('crash-after')));
        counts.delete(name);
        held.delete(name);
        return new Response(null, { status: 204 });
      case 'chunks':
        return Response.json(counts.get(name) ?? null);
      default:
        return stubOf(env, name).fetch(request);
    }
  },
};

const STATE_TABLES = ['state_0', 'large_0', 'state_1', 'large_1'];

/** Of all rows of the state, in the order of their keys. The table that is not the current one is empty. */
async function digest(sql: SqlStorage): Promise<{ readonly rows: number; readonly sha256: string }> {
  let rows = 0;
  let last = new ArrayBuffer(0);
  let sum = new ArrayBuffer(0);
  for (;;) {
    const page = sql
      .exec<{ key: ArrayBuffer; value: ArrayBuffer }>(
        `${STATE_TABLES.map((table) => `SELECT key, value FROM ${table} WHERE key > ?1`).join(' UNION ALL ')}
         ORDER BY key LIMIT ${DIGEST_ROWS}`,
        last,
      )
      .toArray();
    for (const { key, value } of page) {
      const row = await new Blob([sum, new Uint32Array([key.byteLength]), key, value]).arrayBuffer();
      sum = await crypto.subtle.digest('SHA-256', row);
      last = key;
    }
    rows += page.length;
    if (page.length < DIGEST_ROWS) return { rows, sha256: [...new Uint8Array(sum)].join('.') };
  }
}
