/** What a golden script can say. Each command moves the cluster of the script and adds to its trace. */

import {
  asIndex,
  asReplicaId,
  DEFAULT_LIMITS,
  type Effects,
  type Input,
  invariant,
  isRequest,
  type Message,
  type ReplicaId,
  type Status,
} from '../../../../src/raft/index.ts';
import { Cluster, type ClusterOptions } from '../rig/cluster.ts';
import { encodeText } from '../rig/disk.ts';
import type { Command } from './script.ts';
import { effectsLines, entriesLine, messageLine, statusLines } from './trace.ts';

type Handler = (script: ScriptRun, command: Command) => void;

const COMMANDS: Readonly<Record<string, Handler>> = {
  /**
   * cluster voters=3 learners=1 log.1=1,1,2 term.1=3 chunk=2 inflight=2 message-bytes=9 uncommitted-bytes=9 noop=off
   * With leader=1 the election of replica 1 and its first heartbeat are over.
   */
  cluster: (run, command) => {
    run.start(clusterOptions(command));
    const leader = command.named.get('leader');
    if (leader === undefined) return;
    run.step(replica(leader), { type: 'campaign' });
    run.cluster.stabilize();
    run.cluster.advance(DEFAULT_LIMITS.heartbeatIntervalMs, () => run.cluster.stabilize());
    run.hush();
  },
  /** quietly run 1000: without a trace, since it shows nothing new */
  quietly: (run, { positional: [name = '', ...positional], named }) => {
    run.perform({ name, positional, named });
    run.hush();
  },

  /** campaign 1 */
  campaign: (run, { positional }) => run.step(replica(positional[0]), { type: 'campaign' }),
  /** propose 1 hello world: two proposals */
  propose: (run, { positional: [id, ...texts] }) => {
    for (const text of texts) run.step(replica(id), { type: 'propose', payload: encodeText(text) });
  },
  /** read 1, read 1 count=3: reads are numbered from 1 within a script */
  read: (run, { positional, named }) => {
    for (let count = Number(named.get('count') ?? 1); count > 0; count -= 1) run.read(replica(positional[0]));
  },
  /** transfer 1 2 */
  transfer: (run, { positional: [from, to] }) =>
    run.step(replica(from), { type: 'transfer', to: replica(to) }),
  /** compact 1 5 */
  compact: (run, { positional: [id, through] }) =>
    run.step(replica(id), { type: 'compact', through: asIndex(Number(through)) }),

  /** stabilize: deliver until nothing is under way */
  stabilize: ({ cluster }) => cluster.stabilize(),
  /** deliver 1-2 skip=1 count=1: what is under way now, not what follows; `deliver 2` from all, `deliver` all */
  deliver: (run, command) => {
    for (const message of run.take(command)) run.cluster.arrive(message);
  },
  /** drop 1-2 count=1 */
  drop: (run, command) => {
    for (const message of run.take(command)) run.line(`${messageLine(message)} (dropped)`);
  },
  /** fail 1-2 count=1: as `drop`, but the sender hears it from its transport */
  fail: (run, command) => {
    for (const message of run.take(command)) {
      run.line(`${messageLine(message)} (failed)`);
      if (isRequest(message)) run.step(message.from, { type: 'lost', message });
    }
  },
  /** duplicate 1-2 count=1: the message arrives, and a copy of it stays under way */
  duplicate: (run, command) => {
    const messages = run.take(command);
    run.cluster.network.unshift(...messages);
    for (const message of messages) run.cluster.arrive(message);
  },
  /** network: what is under way */
  network: (run) => {
    for (const message of run.cluster.network) run.line(`under way: ${messageLine(message)}`);
  },
  /** partition 1 2: cuts each of these off from all others; `cut 1-2` one way only; `heal` ends both */
  partition: ({ cluster }, { positional }) => {
    for (const from of cluster.hosts.keys()) {
      for (const to of cluster.hosts.keys()) {
        if (positional.includes(String(from)) !== positional.includes(String(to))) cluster.cut(from, to);
      }
    }
  },
  cut: ({ cluster }, { positional: [link = ''] }) => {
    const [from, to] = link.split('-');
    cluster.cut(replica(from), replica(to));
  },
  heal: ({ cluster }) => cluster.heal(),

  /** wait 500: time passes, nothing is delivered; `run 500`: all is delivered at once */
  wait: ({ cluster }, { positional: [ms] }) => cluster.advance(Number(ms), () => {}),
  run: ({ cluster }, { positional: [ms] }) => cluster.advance(Number(ms), () => cluster.stabilize()),

  /** store off 1: the writes of 1 take long; `confirm 1 count=1` ends the oldest; `store on 1` ends them all */
  store: ({ cluster }, { positional: [setting, id] }) => {
    const host = cluster.host(replica(id));
    if (setting === 'on') host.confirm(cluster.nowMs);
    host.isStoring = setting === 'on';
  },
  confirm: ({ cluster }, { positional: [id], named }) =>
    cluster.host(replica(id)).confirm(cluster.nowMs, Number(named.get('count') ?? Number.POSITIVE_INFINITY)),
  /** crash 1: what is not on disk is lost */
  crash: ({ cluster }, { positional: [id] }) => cluster.host(replica(id)).crash(),
  restart: ({ cluster }, { positional: [id] }) => {
    const host = cluster.host(replica(id));
    host.isStoring = true;
    host.start(cluster.nowMs);
  },
  /** forget-streams 1: the frozen views that 1 serves snapshots from are gone */
  'forget-streams': ({ cluster }, { positional: [id] }) => cluster.host(replica(id)).forgetStreams(),

  /** status, status 1 */
  status: (run, { positional }) => {
    for (const { id, raft } of run.cluster.hosts.values()) {
      if (positional.length > 0 && !positional.includes(String(id))) continue;
      if (raft === undefined) run.line(`${id} is down`);
      else for (const line of statusLines(raft.status())) run.line(line);
    }
  },
  log: (run) => {
    for (const { id, raft } of run.cluster.hosts.values()) {
      if (raft !== undefined) run.line(`${id}: ${entriesLine(raft.entries(asIndex(1)))}`);
    }
  },
  /** state: the commands that each replica has applied */
  state: (run) => {
    for (const { id, written } of run.cluster.hosts.values())
      run.line(`${id}: ${written.commands.join(' ')}`);
  },
};

export class ScriptRun {
  #cluster: Cluster | undefined;
  #trace: string[] = [];
  #statuses = new Map<ReplicaId, Status>();
  #reads = 0;

  /** Carries out one command and returns the trace of it. */
  perform(command: Command): readonly string[] {
    const handler = COMMANDS[command.name];
    invariant(handler !== undefined, `there is no command '${command.name}'`);
    this.#trace = [];
    handler(this, command);
    return this.#trace;
  }

  hush(): void {
    this.#trace = [];
  }

  get cluster(): Cluster {
    invariant(this.#cluster !== undefined, 'a script begins with the command cluster');
    return this.#cluster;
  }

  line(text: string): void {
    this.#trace.push(text);
  }

  start(options: ClusterOptions): void {
    this.#cluster = new Cluster(options, {
      stepped: (id, _, effects) => this.#stepped(id, effects),
      confirmed: (id, storeId) => this.line(`${id} has #${storeId} on disk`),
      sent: (message, fate) => this.line(messageLine(message) + (fate === 'sent' ? '' : ` (${fate})`)),
    });
  }

  step(id: ReplicaId, input: Input): void {
    this.cluster.step(id, input);
  }

  read(id: ReplicaId): void {
    this.#reads += 1;
    this.step(id, { type: 'read', id: this.#reads });
  }

  /** Takes the messages that a command names off the network. */
  take({ positional: [link], named }: Command): readonly Message[] {
    const [first, second] = (link ?? '').split('-');
    const isMeant = (message: Message): boolean => {
      if (named.has('type') && message.type !== named.get('type')) return false;
      if (second !== undefined) return String(message.from) === first && String(message.to) === second;
      return link === undefined || String(message.to) === first;
    };
    const skip = Number(named.get('skip') ?? 0);
    const end = skip + Number(named.get('count') ?? Number.POSITIVE_INFINITY);
    const taken = this.cluster.network.filter(isMeant).slice(skip, end);
    this.cluster.network = this.cluster.network.filter((message) => !taken.includes(message));
    return taken;
  }

  #stepped(id: ReplicaId, effects: Effects): void {
    const after = this.cluster.host(id).raft?.status();
    invariant(after !== undefined, `replica ${id} stepped while it was down`);
    const before = this.#statuses.get(id);
    this.#statuses.set(id, after);
    for (const line of effectsLines(effects, before?.commit ?? asIndex(0), after)) this.line(line);
  }
}

function replica(text: string | undefined): ReplicaId {
  invariant(text !== undefined && /^\d+$/.test(text), `'${text}' does not name a replica`);
  return asReplicaId(Number(text));
}

function clusterOptions({ named }: Command): ClusterOptions {
  const number = (key: string, otherwise: number): number => Number(named.get(key) ?? otherwise);
  const logs = [...named].flatMap(([key, value]) => {
    if (!key.startsWith('log.')) return [];
    const id = Number(key.slice('log.'.length));
    const entryTerms = value === '' ? [] : value.split(',').map(Number);
    return [[id, { entryTerms, term: number(`term.${id}`, entryTerms.at(-1) ?? 0) }] as const];
  });
  const limits = {
    inflightMessagesMax: named.get('inflight'),
    messageBytesMax: named.get('message-bytes'),
    uncommittedBytesMax: named.get('uncommitted-bytes'),
  };
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return {
    voters: number('voters', 3),
    learners: number('learners', 0),
    commandsPerChunk: number('chunk', 2),
    raft: {
      ...Object.fromEntries(given.map(([key, value]) => [key, Number(value)])),
      noopOnElection: named.get('noop') !== 'off',
    },
    logs: new Map(logs),
    fault: undefined,
  };
}
