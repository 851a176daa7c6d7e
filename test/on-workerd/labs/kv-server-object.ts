import type { KvSettings } from '../../../src/kv/index.ts';
import { KvServer } from '../../../workers/objects/kv-server.ts';
import { LAB_KV_SETTINGS } from '../../labs/lab-kv-settings.ts';

export const KEPT_BYTES_PATH = '/lab/kept-bytes';

/** The server of lab 2, as it is deployed, with one question more. */
export class KvServerObject extends KvServer {
  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== KEPT_BYTES_PATH) return super.fetch(request);
    const [row] = this.ctx.storage.sql
      .exec(
        'SELECT sum(length(key) + length(value)) FROM (SELECT * FROM state_0 UNION ALL SELECT * FROM large_0)',
      )
      .raw();
    return Response.json(row?.[0] ?? 0);
  }

  protected override settings(): KvSettings {
    return LAB_KV_SETTINGS;
  }
}
