import { CommandError, EXIT_FAILED, EXIT_MISUSED } from './command.ts';
import { readProblem } from './http-answers.ts';

/** An object, and what the application is to know it by. */
type NewInput = string | { readonly object: string; readonly name: string };

/** What `POST /v1/mapreduce/jobs` takes (docs/mapreduce.md). */
export interface NewJob {
  readonly application: string;
  readonly input: { readonly objects: readonly NewInput[] } | { readonly store: string };
  readonly output?: { readonly store: string };
  readonly arguments?: Readonly<Record<string, string>>;
  readonly reduceTasks?: number;
  readonly workers?: number;
  readonly options?: Readonly<Record<string, number>>;
}

interface Tally {
  readonly total: number;
  readonly completed: number;
}

/** Part of what the server says of a job. */
export interface JobView {
  readonly job: string;
  readonly state: 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly reason?: string;
  readonly phase: 'map' | 'reduce' | 'ended';
  readonly tasks: { readonly map: Tally; readonly reduce: Tally };
  readonly attempts: number;
  readonly failures: number;
  readonly bytes: { readonly input: number; readonly intermediate: number; readonly output: number };
  readonly seconds: number;
}

const POLL_MS = 100;

/** Talks to the HTTP API. What the server refuses is thrown, in its own words. */
export class MapReduceClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = `${url}/v1/mapreduce`;
  }

  /** Returns the object's name, to be given as input. */
  async upload(name: string, contents: string | Blob): Promise<string> {
    const response = await this.#send(inputPath(name), { method: 'PUT', body: contents });
    const { name: object } = (await response.json()) as { readonly name: string };
    return object;
  }

  async removeInput(name: string): Promise<void> {
    await this.#send(inputPath(name), { method: 'DELETE' });
  }

  async create(job: NewJob): Promise<JobView> {
    const headers = { 'content-type': 'application/json' };
    return this.#json('/jobs', { method: 'POST', headers, body: JSON.stringify(job) });
  }

  find(job: string): Promise<JobView> {
    return this.#json(`/jobs/${job}`);
  }

  cancel(job: string): Promise<JobView> {
    return this.#json(`/jobs/${job}`, { method: 'DELETE' });
  }

  /** Looks again and again until the job has ended. */
  async untilEnded(
    job: string,
    onProgress: (view: JobView) => void | Promise<void> = () => {},
  ): Promise<JobView> {
    for (;;) {
      const view = await this.find(job);
      await onProgress(view);
      if (view.state !== 'running') return view;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async output(job: string, reduce: number): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#send(`/jobs/${job}/output/${reduce}`);
    if (body === null) throw new Error(`output ${reduce} has no body`);
    return body;
  }

  async outputText(job: string, reduce: number): Promise<string> {
    return (await this.#send(`/jobs/${job}/output/${reduce}`)).text();
  }

  async #json(path: string, init?: RequestInit): Promise<JobView> {
    const response = await this.#send(path, init);
    return (await response.json()) as JobView;
  }

  async #send(path: string, init?: RequestInit): Promise<Response> {
    const response = await fetch(`${this.#url}${path}`, init).catch((error: unknown) => {
      throw new CommandError(`${this.#url} cannot be reached: ${reasonOf(error)}`, EXIT_FAILED);
    });
    if (response.ok) return response;
    const problem = await readProblem(response);
    throw new CommandError(
      problem === undefined ? `${path}: ${response.status}` : `${problem.title}: ${problem.detail}`,
      response.status === 400 ? EXIT_MISUSED : EXIT_FAILED,
    );
  }
}

/** With its slashes escaped, so that no part of it is taken for a step in the path. */
function inputPath(name: string): string {
  return `/inputs/${encodeURIComponent(name)}`;
}

/** `fetch` says only that it failed; why is in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? cause.message : String(error);
}
