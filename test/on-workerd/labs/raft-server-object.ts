import { DurableObject } from 'cloudflare:workers';
import type { ReplicaId } from '../../../src/raft/index.ts';
import { durableObjectSqlPort } from '../../../src/storage/index.ts';
import { whenDurable } from '../../../workers/objects/durability.ts';
import { RaftHost, type RaftHostOptions } from '../../labs/raft-host.ts';
import { reportOf } from '../../labs/raft-servers.ts';
import type { RealTime } from '../../labs/real-time.ts';
import type { LabEnv } from './lab-env.ts';
import { SqlRaftDisk } from './sql-raft-disk.ts';

export interface RaftStart {
  readonly options: RaftHostOptions;
  readonly voters: readonly ReplicaId[];
  readonly time: RealTime;
}

/** By the object's name. A test and its objects live in one isolate, so that what the test observes is its own memory. */
export const raftStarts = new Map<string, RaftStart>();

export const RAFT_SERVER_PATHS = {
  start: '/start',
  crash: '/crash',
  raft: '/raft',
  submit: '/submit',
  report: '/report',
} as const;

interface Running {
  readonly host: RaftHost;
  readonly disk: SqlRaftDisk;
  readonly time: RealTime;
}

/** A server of lab 3: the bare core on a real disk. An instance does nothing until its test starts it. */
export class RaftServerObject extends DurableObject<LabEnv> {
  #running: Running | undefined;

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const body = new Uint8Array(await request.arrayBuffer());
    if (pathname === RAFT_SERVER_PATHS.crash) this.ctx.abort('crashed by a test');
    if (pathname === RAFT_SERVER_PATHS.start) this.#running = this.#start();
    const running = this.#running;
    if (running === undefined) return new Response(null, { status: 503 });
    const { host, disk, time } = running;
    switch (pathname) {
      case RAFT_SERVER_PATHS.start:
        return new Response(null, { status: 204 });
      case RAFT_SERVER_PATHS.raft:
        return new Promise((resolve) => {
          time.guard(() => host.handle(body, (reply) => resolve(new Response(reply))));
        });
      case RAFT_SERVER_PATHS.submit:
        return Response.json(time.guard(() => host.start(body)) ?? null);
      case RAFT_SERVER_PATHS.report:
        return Response.json(reportOf(host, disk));
      default:
        return new Response(null, { status: 404 });
    }
  }

  #start(): Running {
    const start = raftStarts.get(this.ctx.id.name ?? '');
    if (start === undefined) throw new Error(`no test has a server ${this.ctx.id.name}`);
    const { options, voters, time } = start;
    const { storage } = this.ctx;
    const afterSync = whenDurable(storage);
    const whenSynced = (onDurable: () => void) => afterSync(() => time.guard(onDurable));
    const disk = new SqlRaftDisk(
      durableObjectSqlPort(storage),
      { whenDurable: whenSynced },
      options.id,
      voters,
    );
    return { host: new RaftHost(options, disk, time), disk, time };
  }
}
