import { DurableObject } from 'cloudflare:workers';
import {
  answerQuery,
  applyCommand,
  DEFAULT_KV_SETTINGS,
  decodeCommand,
  encodeResult,
} from '../../src/kv/index.ts';
import { encodeReplicaAnswer, REPLICA_PATHS } from '../../src/protocol/index.ts';
import { durableObjectSqlPort, openSqlTable, type SqlPort, type Table } from '../../src/storage/index.ts';
import type { Env } from '../env.ts';

/** The whole key space of the unreplicated server is one shard. */
const ONLY_SHARD = 0;

/**
 * The unreplicated key/value server: one object, the same state machine, no consensus. It is as durable as its object
 * and lives in one place. The tier below the replicated store, and the baseline of every benchmark.
 */
export class KvServer extends DurableObject<Env> {
  readonly #port: SqlPort;
  readonly #table: Table;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#port = durableObjectSqlPort(ctx.storage);
    this.#table = openSqlTable(this.#port);
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    switch (pathname) {
      case REPLICA_PATHS.command:
        return this.#execute(body);
      case REPLICA_PATHS.query:
        return this.#answer(new TextDecoder().decode(body));
      default:
        return new Response(null, { status: 404 });
    }
  }

  /** The answer leaves when the write is durable: the runtime's output gate sees to that. */
  #execute(bytes: Uint8Array): Response {
    const sessionCommand = decodeCommand(bytes);
    if (sessionCommand === undefined) return new Response('not a command', { status: 400 });
    const stamped = { ...sessionCommand, shard: ONLY_SHARD, timeMs: Date.now() };
    const result = this.#port.transaction(() => applyCommand(this.#table, stamped, DEFAULT_KV_SETTINGS));
    return done(encodeResult(result));
  }

  #answer(key: string): Response {
    return done(encodeResult(answerQuery(this.#table, ONLY_SHARD, { type: 'get', key })));
  }
}

function done(result: Uint8Array): Response {
  return new Response(encodeReplicaAnswer({ type: 'done', index: 0, result }));
}
