import { DurableObject } from 'cloudflare:workers';
import { FormatError } from '../../src/codec/index.ts';
import { DEFAULT_KV_SETTINGS, type KvSettings } from '../../src/kv/index.ts';
import { DEFAULT_REPLICA_LIMITS } from '../../src/replica/index.ts';
import {
  DamagedDiskError,
  durableObjectSqlPort,
  openSqlTable,
  type SqlPort,
} from '../../src/storage/index.ts';
import { refusingServer, type Server, type SoloParts, SoloService } from '../../src/store/index.ts';
import type { Env } from '../env.ts';
import { DiskWatch } from './disk-watch.ts';
import { SOLO } from './replica-name.ts';
import { answerBudget, serve } from './serve.ts';

/**
 * The unreplicated key/value server: one object, the same state machine, no consensus. It is as durable as its object
 * and lives in one place. The tier below the replicated store, and the baseline of every benchmark.
 */
export class KvServer extends DurableObject<Env> {
  readonly #server: Server;
  readonly #answers = answerBudget(DEFAULT_REPLICA_LIMITS);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const watch = new DiskWatch({
      object: SOLO,
      usedBytes: () => ctx.storage.sql.databaseSize,
      bytesMax: env.DISK_BYTES_MAX,
      gauge: undefined,
    });
    this.#server = openSolo(durableObjectSqlPort(ctx.storage), {
      settings: this.settings(),
      answers: this.#answers,
      shortage: () => watch.shortage(),
    });
  }

  /** What is written is durable before the answer leaves: the runtime's output gate sees to that. */
  override fetch(request: Request): Promise<Response> {
    return serve(this.#server, request, this.#answers);
  }

  protected settings(): KvSettings {
    return DEFAULT_KV_SETTINGS;
  }
}

/** A disk that belongs to other code, or is damaged, is left as it is. */
function openSolo(port: SqlPort, parts: Pick<SoloParts, 'settings' | 'answers' | 'shortage'>): Server {
  try {
    return new SoloService({
      ...parts,
      table: openSqlTable(port),
      transaction: (apply) => port.transaction(apply),
      wallClockMs: () => Date.now(),
    });
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof DamagedDiskError)) throw error;
    console.error('the unreplicated store does not serve:', error.message);
    return refusingServer(error);
  }
}
