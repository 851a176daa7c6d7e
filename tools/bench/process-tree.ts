/** A process with all that it has started, as the operating system tells. Linux only. */

import { readdirSync, readFileSync } from 'node:fs';

/** The unit of CPU times in /proc, for every process on every machine. */
const TICK_MS = 10;

/** The process itself is the first. */
export function processTree(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

/** What the process has taken so far, all its threads together; 0 if it has ended. */
export function cpuMs(pid: number): number {
  const [ms = 0] = orNone(() => {
    // The second field is a name in parentheses, in which anything may stand.
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?!.*\) )/);
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    return user === undefined || system === undefined ? [] : [(user + system) * TICK_MS];
  });
  return ms;
}

/** Memory that nothing else can take: neither files nor what they are mapped to. */
export function anonymousBytes(pid: number): number {
  const [bytes = 0] = orNone(() => {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? [] : [Number(kilobytes) * 1024];
  });
  return bytes;
}

/** Each thread has started its own. */
function childrenOf(pid: number): readonly number[] {
  const threads = `/proc/${pid}/task`;
  return orNone(() =>
    readdirSync(threads).flatMap((thread) =>
      orNone(() =>
        readFileSync(`${threads}/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
      ),
    ),
  );
}

/** A process that has ended meanwhile has none. */
function orNone(read: () => readonly number[]): readonly number[] {
  try {
    return read();
  } catch {
    return [];
  }
}
