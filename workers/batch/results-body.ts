/**
 * Results as the body of a response, pulled by whoever reads it: a client who reads none is sent none, and is soon asked for
 * no more operations.
 */

import { encodeText } from '../../src/codec/index.ts';
import { LIMITS } from '../../src/protocol/index.ts';
import { PRESSED_MS, SMALL_BYTES_MAX } from '../room.ts';
import type { BatchOptions, BatchRun } from './batch-run.ts';
import type { LineReader } from './line-reader.ts';

/** What stands around the results. */
export interface ResultsForm {
  readonly contentType: string;
  readonly open: string;
  readonly between: string;
  /** After each. */
  readonly after: string;
  readonly close: string;
}

/** How often it is looked whether anything moves. */
const LOOK_MS = 1000;
/** A response of so many characters is sent whole, a longer one in pieces of so many bytes. */
const WHOLE_LENGTH_MAX = 64 * 1024;
const PIECE_BYTES_MAX = 64 * 1024;

export interface ResultsParts {
  readonly run: BatchRun;
  readonly lines?: LineReader;
  readonly form: ResultsForm;
  readonly replies: BatchOptions['budgets']['replies'];
  /** When the client leaves. */
  readonly signal: AbortSignal;
}

export class ResultsBody {
  readonly #parts: ResultsParts;
  readonly #ended = Promise.withResolvers<void>();
  #hasOpened = false;
  #isOver = false;
  /** The client waits, and not the other way round. */
  #isAwaited = false;
  #movedAtMs = Date.now();
  #look: ReturnType<typeof setInterval>;
  readonly #leave = (): void => this.#end();

  constructor(parts: ResultsParts) {
    this.#parts = parts;
    this.#look = setInterval(() => this.#watch(), LOOK_MS);
    parts.signal.addEventListener('abort', this.#leave);
    if (parts.signal.aborted) this.#end();
  }

  /** Nothing of it is kept any more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** As text if that is soon at its end, else as a stream. */
  async begin(): Promise<string | ReadableStream<Uint8Array>> {
    let text = '';
    while (text.length <= WHOLE_LENGTH_MAX) {
      const next = await this.#next();
      if (next === undefined) return text;
      text += next;
    }
    return this.stream(text);
  }

  stream(before = ''): ReadableStream<Uint8Array> {
    let rest = encodeText(before);
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (rest.length === 0) rest = encodeText((await this.#next()) ?? '');
          this.#movedAtMs = Date.now();
          if (rest.length > 0) {
            // In pieces: so it is seen that a client takes a long value, however slowly.
            controller.enqueue(rest.subarray(0, PIECE_BYTES_MAX));
            rest = rest.subarray(PIECE_BYTES_MAX);
          } else if (this.#isOver) controller.close();
          else controller.error(new Error('the results were cut: they stood still'));
        },
        cancel: () => this.#end(),
      },
      { highWaterMark: 0 },
    );
  }

  /** What comes next; undefined behind the end. */
  async #next(): Promise<string | undefined> {
    const { run, form } = this.#parts;
    if (this.#isOver) return undefined;
    this.#isAwaited = true;
    const texts = await run.take();
    this.#isAwaited = false;
    if (run.isEnded) return undefined;
    const opening = this.#hasOpened ? form.between : form.open;
    if (texts !== undefined) {
      this.#hasOpened = true;
      return opening + texts.join(form.after + form.between) + form.after;
    }
    this.#isOver = true;
    this.#end();
    const rest = (this.#hasOpened ? '' : form.open) + form.close;
    return rest === '' ? undefined : rest;
  }

  /** A stream that stands still is cut; sooner, if it keeps room from others. */
  #watch(): void {
    const { run, lines, replies } = this.#parts;
    lines?.look();
    run.renewLeases();
    if (this.#isAwaited) return;
    const standsMs = Date.now() - this.#movedAtMs;
    const isInTheWay =
      standsMs > PRESSED_MS.reply &&
      run.resultBytes > SMALL_BYTES_MAX &&
      replies.hasRefusedWithin(PRESSED_MS.reply);
    if (standsMs >= LIMITS.streamIdleMsMax || isInTheWay) this.#end();
  }

  #end(): void {
    clearInterval(this.#look);
    this.#parts.signal.removeEventListener('abort', this.#leave);
    this.#parts.run.end();
    this.#parts.lines?.end();
    this.#ended.resolve();
  }
}
