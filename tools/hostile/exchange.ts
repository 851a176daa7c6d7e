/** Plays a case on a connection of its own, and reads what is answered. */

import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { PROBLEM_CONTENT_TYPE, PROBLEMS } from '../../src/protocol/index.ts';
import { CLOSED, type HostileCase, LEFT } from './hostile-case.ts';

const WAIT_MS = 30_000;

export interface Answer {
  /** The status, and the code of a problem behind it. */
  readonly label: string;
  readonly isDocumented: boolean;
}

export interface Heard {
  readonly answers: readonly Answer[];
  /** The answers' labels, or what happened instead. */
  readonly label: string;
}

export async function play(url: URL, { steps, waitMs = WAIT_MS }: HostileCase): Promise<Heard> {
  const socket = connect({ port: Number(url.port || 80), host: url.hostname });
  const received: Buffer[] = [];
  const ended = new Promise<'ended'>((resolve) => {
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('close', () => resolve('ended'));
    // What was answered before counts.
    socket.on('error', () => {});
  });
  let hasLeft = false;
  for (const step of steps) {
    if (step.type === 'send') await send(socket, step.bytes, ended);
    else if (step.type === 'pause') await Promise.race([pause(step.ms), ended]);
    else hasLeft = true;
  }
  if (hasLeft) socket.destroy();
  const end = await Promise.race([ended, pause(waitMs, 'silent' as const, { ref: false })]);
  socket.destroy();
  const answers = readAnswers(Buffer.concat(received));
  const labels = answers.map(({ label }) => label).join(',');
  if (hasLeft) return { answers: answers.filter(({ isDocumented }) => !isDocumented), label: LEFT };
  if (labels !== '') return { answers, label: labels };
  return { answers, label: end === 'ended' ? CLOSED : 'silent' };
}

/** As fast as it is taken; a server that says no may stop to listen. */
function send(socket: Socket, bytes: Buffer, ended: Promise<unknown>): Promise<unknown> {
  if (socket.destroyed) return Promise.resolve();
  return Promise.race([new Promise<void>((resolve) => socket.write(bytes, () => resolve())), ended]);
}

const HEAD_END = '\r\n\r\n';
/** What is below comes before the final answer. */
const INTERIM = 200;
const NO_CONTENT = 204;
/** What the runtime says to a method that it does not know; the Worker never hears of it. */
const UNKNOWN_METHOD = '501';

function readAnswers(received: Buffer): readonly Answer[] {
  const answers: Answer[] = [];
  for (let rest = received; rest.length > 0; ) {
    const end = rest.indexOf(HEAD_END);
    const head = rest.subarray(0, end === -1 ? rest.length : end).toString('latin1');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    if (end === -1 || !Number.isInteger(status)) break;
    const { body, length } = readBody(status, head, rest.subarray(end + HEAD_END.length));
    if (status >= INTERIM) answers.push(describe(status, head, body));
    rest = rest.subarray(end + HEAD_END.length + length);
  }
  return answers;
}

/** Bodies of chunks end with the connection here: only the last answer has one. */
function readBody(
  status: number,
  head: string,
  rest: Buffer,
): { readonly body: string; readonly length: number } {
  if (status < INTERIM || status === NO_CONTENT) return { body: '', length: 0 };
  const declared = /^content-length: (\d+)$/im.exec(head)?.[1];
  const length = declared === undefined ? rest.length : Math.min(Number(declared), rest.length);
  return { body: rest.subarray(0, length).toString('utf8'), length };
}

function describe(status: number, head: string, body: string): Answer {
  const isProblem = head.toLowerCase().includes(`content-type: ${PROBLEM_CONTENT_TYPE}`);
  const code = isProblem ? /"code":"([\w-]+)"/.exec(body)?.[1] : undefined;
  const known: Readonly<Record<string, { readonly status: number }>> = PROBLEMS;
  const label = code === undefined ? String(status) : `${status} ${code}`;
  const isDocumented =
    status < 500 ||
    label === UNKNOWN_METHOD ||
    (code !== undefined && code !== 'internal' && known[code]?.status === status);
  return { label, isDocumented };
}
