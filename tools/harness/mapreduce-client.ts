import { readProblem } from './http-answers.ts';

/** What `POST /v1/mapreduce/jobs` takes (docs/mapreduce.md). */
export interface NewJob {
  readonly application: string;
  readonly input: { readonly objects: readonly string[] } | { readonly store: string };
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
    const path = `/inputs/${name.split('/').map(encodeURIComponent).join('/')}`;
    const response = await this.#send(path, { method: 'PUT', body: contents });
    const { name: object } = (await response.json()) as { readonly name: string };
    return object;
  }

  async create(job: NewJob): Promise<JobView> {
    return this.#json('/jobs', { method: 'POST', body: JSON.stringify(job) });
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
    const response = await fetch(`${this.#url}${path}`, init);
    if (response.ok) return response;
    const problem = await readProblem(response);
    throw new Error(
      problem === undefined ? `${path}: ${response.status}` : `${problem.title}: ${problem.detail}`,
    );
  }
}
