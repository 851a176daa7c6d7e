import { ByteBudget, type ReplicaLimits } from '../../src/replica/index.ts';
import type { Server } from '../../src/store/index.ts';
import { heldBody } from '../held-body.ts';
import { SMALL_BYTES_MAX } from '../room.ts';

/** Longer than anybody waits for an answer. */
const LEASE_MS_MAX = 60_000;

/** For the answers of one object. */
export function answerBudget({ readBytesMax: bytesMax }: ReplicaLimits): ByteBudget {
  return new ByteBudget({ bytesMax, leaseMsMax: LEASE_MS_MAX, nowMs: () => Date.now() });
}

/** What an object answers to those who ask its server: 204 when there is nothing to say. */
export async function serve(server: Server, request: Request, answers: ByteBudget): Promise<Response> {
  const { pathname } = new URL(request.url);
  // The body is read whatever comes of it: an object with an unread one cannot rest.
  const body = new Uint8Array(await request.arrayBuffer());
  return new Promise((resolve) => {
    server.handle(pathname, body, (answer) => resolve(responseOf(answer, answers, request.signal)));
  });
}

function responseOf(answer: Uint8Array | undefined, answers: ByteBudget, left: AbortSignal): Response {
  if (answer === undefined) return new Response(null, { status: 204 });
  const { length } = answer;
  const body = length <= SMALL_BYTES_MAX ? answer : heldBody(answer, length, answers, left).body;
  return new Response(body, { headers: { 'content-length': String(length) } });
}
