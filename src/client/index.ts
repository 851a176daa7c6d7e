/** Clients of the store: sessions, resends and the search for who leads, without any I/O of their own. */
export type { Call, Request, Step } from './call.ts';
export { Clerk, type ClerkOptions, type Failure, type ReadOutcome, type WriteOutcome } from './clerk.ts';
export { ClientSession, type ClientSessionOptions } from './client-session.ts';
export { type GroupAnswer, GroupCaller, type GroupCallerOptions } from './group-caller.ts';
