import type { KvSettings } from '../../../src/kv/index.ts';
import { KvServer } from '../../../workers/objects/kv-server.ts';
import { LAB_KV_SETTINGS } from '../../labs/lab-kv-settings.ts';

export const KEPT_BYTES_PATH = '/lab/kept-bytes';

/** The server of lab 2, as it is deployed, with one question more. */
export class KvServerObject extends KvServer {
  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== KEPT_BYTES_PATH) return super.fetch(request);
    const rows = (table: string) => `SELECT length(key) + length(value) AS bytes FROM ${table}`;
    const kept = `SELECT total(bytes) FROM (${rows('state_0')} UNION ALL ${rows('large_0')})`;
    const [row] = this.ctx.storage.sql.exec(kept).raw();
    return Response.json(row?.[0] ?? 0);
  }

  protected override settings(): KvSettings {
    return LAB_KV_SETTINGS;
  }
}
