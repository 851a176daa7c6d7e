/**
 * The network of the course's tests (labrpc), with the course's figures. Any kind of server can
 * be on it: calls carry bytes to a named service of a named server.
 *
 * Invariants:
 * N1  Each call ends exactly once, with a reply or with undefined, unless its handler never answers and its server stays.
 * N2  Undefined says nothing about whether the handler ran.
 * N3  A server that was replaced, or whose end was disabled, while a call was under way never gives that call a reply:
 *     no client takes an acknowledgement from a dead incarnation.
 */

import type { Random } from '../sim/random.ts';
import type { Timeline } from './timeline.ts';

/** Exclusive bounds, as the course draws them. */
const UNRELIABLE_DELAY_MS_BOUND = 27;
const DEAD_END_DELAY_MS_BOUND = 100;
const DEAD_END_LONG_DELAY_MS_BOUND = 7000;
const REORDERED_REPLY_DELAY_MS_BOUND = 2000;
const REORDERED_REPLY_DELAY_MS_MIN = 200;
const LIVENESS_CHECK_INTERVAL_MS = 100;
/** Of the requests, and again of the replies. */
const LOSS = [100, 1000] as const;
const REORDERING = [600, 900] as const;

export type Handler = (request: Uint8Array, reply: (response: Uint8Array) => void) => void;
/** By the name of the service. */
export type Server = Readonly<Record<string, Handler>>;
type Done = (reply: Uint8Array | undefined) => void;

/** One client's way to one server. It carries requests one way; a reply belongs to its call. */
export interface ClientEnd {
  readonly server: string;
  isEnabled: boolean;
  call(service: string, request: Uint8Array, done: Done): void;
}

export class Network {
  isReliable = true;
  hasLongReordering = false;
  hasLongDelays = false;
  /**
   * The course's network adds no delay when it is reliable, but each of its calls runs in a goroutine of its own: what
   * that costs lets calls overtake each other, and lets time go on for a client that calls without a pause. In real
   * time, handing over takes its time anyway.
   */
  readonly #handOverMsBound: number;

  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #servers = new Map<string, Server>();
  readonly #delivered = new Map<string, number>();
  #calls = 0;
  #bytes = 0;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
    this.#handOverMsBound = timeline.isReal ? 1 : 2;
  }

  /** All calls that were made, delivered or not. */
  get calls(): number {
    return this.#calls;
  }

  /** The requests of all calls, and the replies that arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Requests that reached a handler of this server. */
  deliveredTo(server: string): number {
    return this.#delivered.get(server) ?? 0;
  }

  /** Replaces the server of that name, if there is one. */
  addServer(name: string, server: Server): void {
    this.#servers.set(name, server);
  }

  deleteServer(name: string): void {
    this.#servers.delete(name);
  }

  /** A new end, disabled at first. */
  makeEnd(server: string): ClientEnd {
    const end: ClientEnd = {
      server,
      isEnabled: false,
      call: (service, request, done) => this.#call(end, service, request, done),
    };
    return end;
  }

  #call(end: ClientEnd, service: string, request: Uint8Array, done: Done): void {
    this.#calls += 1;
    this.#bytes += request.byteLength;
    const server = this.#servers.get(end.server);
    if (!end.isEnabled || server === undefined) {
      const bound = this.hasLongDelays ? DEAD_END_LONG_DELAY_MS_BOUND : DEAD_END_DELAY_MS_BOUND;
      return this.#timeline.after(this.#random.below(bound), () => done(undefined));
    }
    // Like the course's, the call keeps to what holds now: it may still be executed after a disconnection.
    const { isReliable, hasLongReordering } = this;
    const delayMs = this.#random.below(isReliable ? this.#handOverMsBound : UNRELIABLE_DELAY_MS_BOUND);
    this.#timeline.after(delayMs, () => {
      if (!isReliable && this.#random.chance(...LOSS)) return done(undefined);
      this.#execute(end, server, service, request, (reply) => {
        if (reply === undefined || (!isReliable && this.#random.chance(...LOSS))) return done(undefined);
        this.#afterReplyDelay(hasLongReordering, () => {
          this.#bytes += reply.byteLength;
          done(reply);
        });
      });
    });
  }

  /** Runs the handler, and gives it up when its server is found dead. */
  #execute(end: ClientEnd, server: Server, service: string, request: Uint8Array, done: Done): void {
    const handler = server[service];
    if (handler === undefined) throw new Error(`server ${end.server} has no service ${service}`);
    const isDead = () => !end.isEnabled || this.#servers.get(end.server) !== server;
    let isOpen = true;
    const finish = (reply: Uint8Array | undefined) => {
      if (!isOpen) return;
      isOpen = false;
      done(isDead() ? undefined : reply);
    };
    const watch = () => {
      if (!isOpen) return;
      if (isDead()) finish(undefined);
      else this.#timeline.after(LIVENESS_CHECK_INTERVAL_MS, watch);
    };
    this.#delivered.set(end.server, this.deliveredTo(end.server) + 1);
    this.#timeline.after(LIVENESS_CHECK_INTERVAL_MS, watch);
    handler(request, finish);
  }

  #replyDelayMs(hasLongReordering: boolean): number {
    if (!hasLongReordering || !this.#random.chance(...REORDERING))
      return this.#random.below(this.#handOverMsBound);
    const bound = 1 + this.#random.below(REORDERED_REPLY_DELAY_MS_BOUND);
    return REORDERED_REPLY_DELAY_MS_MIN + this.#random.below(bound);
  }

  /**
   * A timer of real time takes a millisecond at least. The one of the request stays: without any, clients that call
   * without a pause would keep an event loop from ever looking at its timers.
   */
  #afterReplyDelay(hasLongReordering: boolean, run: () => void): void {
    const delayMs = this.#replyDelayMs(hasLongReordering);
    if (delayMs === 0 && this.#timeline.isReal) run();
    else this.#timeline.after(delayMs, run);
  }
}
