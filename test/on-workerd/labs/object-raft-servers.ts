import type { ReplicaId } from '../../../src/raft/index.ts';
import type { Process } from '../../labs/process.ts';
import type { RaftHostOptions } from '../../labs/raft-host.ts';
import type { RaftReport, RaftServer, RaftServers } from '../../labs/raft-servers.ts';
import { type RealTime, settled } from '../../labs/real-time.ts';
import { callObject, type ObjectAnswer, parseAnswer } from './call-object.ts';
import type { LabEnv } from './lab-env.ts';
import { RAFT_SERVER_PATHS, raftStarts } from './raft-server-object.ts';

/** The servers of one test of lab 3, each an object of its own. */
export class ObjectRaftServers implements RaftServers {
  readonly #env: LabEnv;
  readonly #time: RealTime;
  readonly #test: string;

  /** `test` is the name of no other test on these disks. */
  constructor(env: LabEnv, time: RealTime, test: string) {
    this.#env = env;
    this.#time = time;
    this.#test = test;
  }

  *start(options: RaftHostOptions, voters: readonly ReplicaId[]): Process<RaftServer> {
    const name = `${this.#test}/${options.id}`;
    raftStarts.set(name, { options, voters, time: this.#time });
    const started = yield* this.#ask(name, RAFT_SERVER_PATHS.start);
    if (started?.status !== 204) throw new Error(`server ${name} does not start`);
    return {
      handle: (request, reply) => {
        // Who gets no answer is told so by the network, when it finds the server dead.
        callObject(this.#env.RAFT_SERVER, name, RAFT_SERVER_PATHS.raft, request).then(
          ({ status, body }) => this.#time.guard(() => status === 200 && reply(body)),
          () => {},
        );
      },
      submit: (payload) => this.#askJson(name, RAFT_SERVER_PATHS.submit, payload),
      report: () => this.#askJson<RaftReport>(name, RAFT_SERVER_PATHS.report),
      crash: () => this.#crash(name),
    };
  }

  /** An object that ends does not answer: the error is what was asked for. */
  *#crash(name: string): Process {
    yield* this.#ask(name, RAFT_SERVER_PATHS.crash);
    raftStarts.delete(name);
  }

  *#askJson<Answer>(name: string, path: string, body?: Uint8Array): Process<Answer | undefined> {
    const answer = yield* this.#ask(name, path, body);
    return answer?.status === 200 ? (parseAnswer<Answer | null>(answer) ?? undefined) : undefined;
  }

  *#ask(name: string, path: string, body?: Uint8Array): Process<ObjectAnswer | undefined> {
    return yield* settled(this.#time, callObject(this.#env.RAFT_SERVER, name, path, body));
  }
}
