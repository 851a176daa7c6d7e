/**
 * The load generator: a closed loop over HTTP/1.1 with a connection per client. Each client sends its next request when
 * the last one is answered. What it takes itself is a part of the result, since it shares the machine with the server.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Dispatcher } from 'undici';

/** One request of the load, and the status that means success. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly expectedStatus: number;
  /** That it carries; one, unless it says so. */
  readonly operations?: number;
  /** What stands in an answer of the right status if an operation in it has failed. */
  readonly failsWith?: string;
}

export interface LoadOptions {
  readonly url: string;
  readonly clients: number;
  /** Nothing is counted in this time; then it is counted for at least `durationMs`, while all clients go on. */
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly nextRequest: () => LoadRequest;
  /** CPU time that the server has taken so far; 0 where nobody asks. */
  readonly serverCpuMs?: () => number;
}

export interface LoadResult {
  readonly operationsPerSecond: number;
  /** One for each request, in ascending order. */
  readonly latenciesMs: readonly number[];
  /** Of all answers since counting began, also of those that came when no client went on. */
  readonly slowestMs: number;
  /** Per operation. */
  readonly serverCpuMs: number;
  /** Of the load generator, per operation. */
  readonly loadCpuMs: number;
}

/** Longer than a server looks for a leader, so that its answer comes first. */
const ANSWER_TIMEOUT_MS = 20_000;

/** One client: a connection that it keeps, one request at a time. */
export class LoadClient {
  readonly #client: Client;

  constructor(url: string) {
    const timeouts = { headersTimeout: ANSWER_TIMEOUT_MS, bodyTimeout: ANSWER_TIMEOUT_MS };
    this.#client = new Client(url, { ...timeouts, pipelining: 1, keepAliveTimeout: ANSWER_TIMEOUT_MS });
  }

  /** Calls back when the whole answer has come; with an error if it is not the expected one. */
  call(request: LoadRequest, onAnswer: (error?: Error) => void): void {
    this.#client.dispatch(dispatched(request), new Answer(request, onAnswer));
  }

  send(request: LoadRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.call(request, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  close(): Promise<void> {
    return this.#client.destroy();
  }
}

function dispatched({ method, path, headers, body }: LoadRequest): Dispatcher.DispatchOptions {
  return { method, path, headers: headers ?? null, body: body ?? null };
}

/** Not what the request expects. */
export class UnexpectedAnswer extends Error {
  readonly status: number;
  readonly text: string;

  constructor({ method, path }: LoadRequest, status: number, text: string) {
    super(`${method} ${path} was answered ${status}: ${text.slice(0, TEXT_LENGTH_MAX)}`);
    this.status = status;
    this.text = text;
  }
}

const TEXT_LENGTH_MAX = 300;

class Answer implements Dispatcher.DispatchHandler {
  readonly #request: LoadRequest;
  readonly #onAnswer: (error?: Error) => void;
  #status = 0;
  #text = '';

  constructor(request: LoadRequest, onAnswer: (error?: Error) => void) {
    this.#request = request;
    this.#onAnswer = onAnswer;
  }

  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    const { expectedStatus, failsWith } = this.#request;
    if (this.#status !== expectedStatus || failsWith !== undefined) this.#text += chunk.toString();
  }

  onResponseEnd(): void {
    const { expectedStatus, failsWith } = this.#request;
    const hasFailed = failsWith !== undefined && this.#text.includes(failsWith);
    if (this.#status === expectedStatus && !hasFailed) this.#onAnswer();
    else this.#onAnswer(new UnexpectedAnswer(this.#request, this.#status, this.#text));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#onAnswer(error);
  }
}

/** Sends what is left of the requests, each until it is served, by so many clients; calls back after each. */
export async function sendAll(
  url: string,
  clients: number,
  requests: IterableIterator<LoadRequest>,
  onSent: () => void = () => {},
): Promise<void> {
  const sender = async (): Promise<void> => {
    const client = new LoadClient(url);
    try {
      for (const request of requests) {
        await sendUntilServed(client, request);
        onSent();
      }
    } finally {
      await client.close();
    }
  };
  await Promise.all(Array.from({ length: clients }, sender));
}

const UNAVAILABLE = 503;
const RESEND_PAUSE_MS = 50;
/** To form a cluster, or to elect a leader, takes less. */
const UNSERVED_MS_MAX = 60_000;

/** For what is prepared, not for what is measured: a cluster that is forming says "later". */
async function sendUntilServed(client: LoadClient, request: LoadRequest): Promise<void> {
  const deadlineMs = performance.now() + UNSERVED_MS_MAX;
  for (;;) {
    try {
      return await client.send(request);
    } catch (error) {
      const isLater = error instanceof UnexpectedAnswer && error.status === UNAVAILABLE;
      if (!isLater || performance.now() > deadlineMs) throw error;
      await pause(RESEND_PAUSE_MS);
    }
  }
}

/** What answers took. */
class Tally {
  state: 'warm-up' | 'counted' | 'over' = 'warm-up';
  readonly latenciesMs: number[] = [];
  operations = 0;
  slowestMs = 0;

  add(tookMs: number, operations: number): void {
    if (this.state === 'counted') {
      this.latenciesMs.push(tookMs);
      this.operations += operations;
    }
    if (this.state !== 'warm-up') this.slowestMs = Math.max(this.slowestMs, tookMs);
  }
}

/** Any answer but the expected one ends the run, since an error must not pass for a fast success. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { url, clients, warmUpMs, durationMs, nextRequest, serverCpuMs = () => 0 } = options;
  const pool = Array.from({ length: clients }, () => new LoadClient(url));
  const tally = new Tally();
  let stopped = false;
  const loop = (client: LoadClient): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = (): void => {
        const calledMs = performance.now();
        const request = nextRequest();
        client.call(request, (error) => {
          if (error !== undefined) return reject(error);
          tally.add(performance.now() - calledMs, request.operations ?? 1);
          if (stopped) return resolve();
          next();
        });
      };
      next();
    });
  const loops = Promise.all(pool.map(loop));
  const watch = async (): Promise<Omit<LoadResult, 'latenciesMs'>> => {
    await pause(warmUpMs);
    const own = process.cpuUsage();
    const [serverMs, fromMs] = [serverCpuMs(), performance.now()];
    tally.state = 'counted';
    // At least one answer for each client: less would be the figure of a moment.
    do await pause(durationMs);
    while (tally.latenciesMs.length < clients && !stopped);
    tally.state = 'over';
    const { user, system } = process.cpuUsage(own);
    const [takenMs, tookMs] = [serverCpuMs() - serverMs, performance.now() - fromMs];
    stopped = true;
    await loops;
    const { operations } = tally;
    return {
      operationsPerSecond: (1000 * operations) / tookMs,
      slowestMs: tally.slowestMs,
      serverCpuMs: takenMs / operations,
      loadCpuMs: (user + system) / 1000 / operations,
    };
  };
  try {
    // Whichever fails first tells why.
    const [figures] = await Promise.all([watch(), loops]);
    return { ...figures, latenciesMs: tally.latenciesMs.sort((a, b) => a - b) };
  } finally {
    stopped = true;
    await Promise.all(pool.map((client) => client.close()));
  }
}
