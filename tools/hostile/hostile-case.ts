/** A request that no well-behaved client sends, and what may be answered to it. */

export interface HostileCase {
  readonly name: string;
  readonly steps: readonly Step[];
  /**
   * Right answers, each as `Answer.label` has it; all that come on the connection, in their order, joined by commas.
   * 503 with a documented code is always right, since the store may be busy.
   */
  readonly right: readonly string[];
  /** It ends by itself; later the case waits no more. */
  readonly waitMs?: number;
}

export type Step =
  | { readonly type: 'send'; readonly bytes: Buffer }
  | { readonly type: 'pause'; readonly ms: number }
  /** Leaves without a word. */
  | { readonly type: 'leave' };

export interface Section {
  readonly name: string;
  readonly cases: readonly HostileCase[];
}

/** What happens on a connection besides answers. */
export const CLOSED = 'closed';
export const LEFT = 'left';

/** Whatever is documented, and nothing at all. */
export const ANYTHING = 'anything';

/** What the runtime says to what is no HTTP, before the Worker hears of it. */
export const NOT_HTTP: readonly string[] = ['400', CLOSED];

const HOST = 'Host: localhost';
const END = 'Connection: close';

/** `head` is the request line; the connection ends after the answer. */
export function ask(head: string, headers: readonly string[] = [], body: string | Buffer = ''): Buffer {
  return raw([`${head} HTTP/1.1`, HOST, END, ...headers], body);
}

/** Headers and body as they are, each character of a header one byte. */
export function raw(lines: readonly string[], body: string | Buffer = ''): Buffer {
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, typeof body === 'string' ? Buffer.from(body) : body]);
}

/** With the length that it has. */
export function withBody(head: string, body: string | Buffer, headers: readonly string[] = []): Buffer {
  return ask(head, [...headers, `Content-Length: ${Buffer.byteLength(body)}`], body);
}

export function once(name: string, bytes: Buffer, ...right: readonly string[]): HostileCase {
  return { name, steps: [{ type: 'send', bytes }], right };
}

export function slowly(
  name: string,
  pieces: readonly Buffer[],
  pauseMs: number,
  ...right: readonly string[]
): HostileCase {
  const steps = pieces.flatMap((bytes): Step[] => [
    { type: 'send', bytes },
    { type: 'pause', ms: pauseMs },
  ]);
  return { name, steps, right };
}

export function leaving(name: string, bytes: Buffer, afterMs: number): HostileCase {
  const steps = [{ type: 'send', bytes }, { type: 'pause', ms: afterMs }, { type: 'leave' }] as const;
  return { name, steps, right: [LEFT] };
}
