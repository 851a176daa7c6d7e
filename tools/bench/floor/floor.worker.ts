/**
 * What the platform itself costs: a Worker and one object that writes one row for each put, and reads one for each get.
 * Everything that a store does beyond this is the store's.
 */

import { DurableObject } from 'cloudflare:workers';

interface FloorEnv {
  readonly FLOOR: DurableObjectNamespace<Floor>;
}

const OBJECT = 'floor';

export class Floor extends DurableObject<FloorEnv> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: FloorEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID');
  }

  override async fetch(request: Request): Promise<Response> {
    const key = request.url.slice(request.url.lastIndexOf('/') + 1);
    if (request.method === 'PUT') {
      this.#sql.exec('INSERT OR REPLACE INTO kv VALUES (?, ?)', key, await request.arrayBuffer());
      return new Response(null, { status: 204 });
    }
    const [row] = this.#sql.exec<{ value: ArrayBuffer }>('SELECT value FROM kv WHERE key = ?', key);
    return new Response(row?.value ?? null, { status: row === undefined ? 404 : 200 });
  }
}

export default {
  fetch: (request: Request, { FLOOR }: FloorEnv): Promise<Response> => FLOOR.getByName(OBJECT).fetch(request),
};
