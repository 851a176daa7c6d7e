import type { PeerReply, Request } from '../raft/index.ts';

/** Carries requests to the other replicas. Requests may be lost, doubled, delayed and overtake one another. */
export interface Transport {
  /** Calls back at most once: with the reply, or with undefined when there will be none (error, time-out). */
  send(request: Request, onReply: OnReply): void;
}

/** `isShort`: the disk of the replica that replies should take no more than it must. */
export type OnReply = (reply: PeerReply | undefined, isShort?: boolean) => void;

export interface Clock {
  /** Milliseconds on a clock that does not run backwards while this instance lives. Decides only when things are tried. */
  nowMs(): number;
  /** Milliseconds since 1970, as good as this machine knows. Leaders stamp it into what they propose. */
  wallClockMs(): number;
  /** Call `replica.tick()` at this time, instead of the time asked for before. May be late; should not be early. */
  wakeAt(atMs: number): void;
}
