import { Agent, request } from 'node:http';

/** One request of the load, and the status that means success. */
export interface LoadRequest {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly body: Uint8Array | undefined;
  readonly expectedStatus: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly clients: number;
  readonly durationMs: number;
  readonly nextRequest: () => LoadRequest;
}

export interface LoadResult {
  readonly operationsPerSecond: number;
  /** One for each operation, in ascending order. */
  readonly latenciesMs: readonly number[];
}

/**
 * A closed loop: each client sends its next request when the last one is answered, over a connection of its own.
 * Any answer but the expected one ends the run, since an error must not pass for a fast success.
 */
export async function runLoad({ url, clients, durationMs, nextRequest }: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  async function client(): Promise<void> {
    for (let calledMs = performance.now(); calledMs < endMs; ) {
      await send(agent, url, nextRequest());
      const answeredMs = performance.now();
      latenciesMs.push(answeredMs - calledMs);
      calledMs = answeredMs;
    }
  }
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - startMs) / 1000;
  agent.destroy();
  return {
    operationsPerSecond: latenciesMs.length / seconds,
    latenciesMs: latenciesMs.sort((a, b) => a - b),
  };
}

export function send(
  agent: Agent,
  url: string,
  { method, path, body, expectedStatus }: LoadRequest,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-length': body.byteLength };
    const sent = request(`${url}${path}`, { agent, method, headers }, (response) => {
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === expectedStatus) resolve();
        else reject(new Error(`${method} ${path} was answered ${response.statusCode}`));
      });
      response.resume();
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
