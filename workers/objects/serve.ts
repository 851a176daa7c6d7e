import { ByteBudget, type ReplicaLimits } from '../../src/replica/index.ts';
import type { Server } from '../../src/store/index.ts';
import { heldBody } from '../held-body.ts';
import { SMALL_BYTES_MAX } from '../room.ts';

/** Longer than anybody waits for an answer. */
const LEASE_MS_MAX = 60_000;

/** Not worth a header that says how long it is, for those who count what they keep. */
const UNCOUNTED_BYTES_MAX = 1024;

/** For the answers of one object. */
export function answerBudget({ readBytesMax: bytesMax }: ReplicaLimits): ByteBudget {
  return new ByteBudget({ bytesMax, leaseMsMax: LEASE_MS_MAX, nowMs: () => Date.now() });
}

/** What an object answers to those who ask its server: 204 when there is nothing to say. */
export async function serve(server: Server, request: Request, answers: ByteBudget): Promise<Response> {
  // The body is read whatever comes of it: an object with an unread one cannot rest.
  const body = new Uint8Array(await request.arrayBuffer());
  return new Promise((resolve) => {
    server.handle(pathOf(request), body, (answer) => resolve(responseOf(answer, answers, request)));
  });
}

/** Only other objects and the Worker call an object, with nothing behind the path. */
export function pathOf({ url }: Request): string {
  return url.slice(url.indexOf('/', 'https://'.length));
}

function responseOf(answer: Uint8Array | undefined, answers: ByteBudget, asked: Request): Response {
  if (answer === undefined) return new Response(null, { status: 204 });
  const { length } = answer;
  if (length <= UNCOUNTED_BYTES_MAX) return new Response(answer);
  const body = length <= SMALL_BYTES_MAX ? answer : heldBody(answer, length, answers, asked.signal).body;
  return new Response(body, { headers: { 'content-length': String(length) } });
}
