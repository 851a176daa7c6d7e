import type { ClientEnd } from '../../labs/network.ts';

/** What a production object needs of a namespace to reach another object. */
export interface NetworkNamespace {
  idFromName(name: string): string;
  get(name: string): { fetch(url: string, init: RequestInit): Promise<Response> };
}

/**
 * In place of a namespace of objects: whatever is sent to one of them goes over the network of the course's tests,
 * which delays and loses it as the test wants. `endTo` is undefined for an object that the test does not have.
 */
export function networkNamespace(endTo: (name: string) => ClientEnd | undefined): NetworkNamespace {
  return {
    idFromName: (name) => name,
    get: (name) => ({ fetch: (url, init) => send(endTo(name), new URL(url).pathname, init) }),
  };
}

/** A call that is lost fails like one over a broken connection. Nothing to say comes back as 204. */
function send(end: ClientEnd | undefined, path: string, { body, signal }: RequestInit): Promise<Response> {
  const request = new Response(body ?? null).arrayBuffer();
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
    if (end === undefined) {
      reject(new Error('nobody is there'));
      return;
    }
    const exchange = (bytes: ArrayBuffer) =>
      end.call(path, new Uint8Array(bytes), (reply) => {
        if (reply === undefined) reject(new Error('the network lost it'));
        else resolve(reply.byteLength === 0 ? new Response(null, { status: 204 }) : new Response(reply));
      });
    request.then(exchange, reject);
  });
}
