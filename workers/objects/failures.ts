/**
 * Why calls to an object fail, as those who called it were told: an object that cannot start, or whose flush failed, is
 * in no position to say so itself. Kept as long as the isolate lives, which outlives its objects.
 */

/** One line for each object and reason, once a minute at most. */
const LOG_PAUSE_MS = 60_000;
/** A disk that was full is tried again after so long, and after twice as long each time that it still is. */
const PATIENCE_MS = 5_000;
const PATIENCE_MS_MAX = 60_000;

interface Failure {
  readonly reason: string;
  readonly loggedAtMs: number;
}

interface FullDisk {
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly patienceMs: number;
}

const failures = new Map<string, Failure>();
const fullDisks = new Map<string, FullDisk>();

export function noteAnswer(object: string): void {
  failures.delete(object);
}

export function noteFailure(object: string, error: unknown): void {
  const nowMs = Date.now();
  const reason = explain(error instanceof Error ? error.message : String(error));
  if (reason.includes('SQLITE_FULL')) noteFullDisk(object, nowMs);
  const last = failures.get(object);
  const isNews = last === undefined || last.reason !== reason || nowMs - last.loggedAtMs >= LOG_PAUSE_MS;
  if (isNews) console.error(`${object} failed a call: ${reason}`);
  failures.set(object, { reason, loggedAtMs: isNews ? nowMs : last.loggedAtMs });
}

/** Of the last call, in words; undefined if it was answered. */
export function failureOf(object: string): string | undefined {
  return failures.get(object)?.reason;
}

/** When the disk of the object was found full; undefined if it was not, or so long ago that it may be tried again. */
export function fullDiskSinceMs(object: string): number | undefined {
  const full = fullDisks.get(object);
  return full !== undefined && Date.now() < full.lastMs + full.patienceMs ? full.sinceMs : undefined;
}

function noteFullDisk(object: string, nowMs: number): void {
  const before = fullDisks.get(object);
  const goesOn = before !== undefined && nowMs < before.lastMs + 2 * before.patienceMs;
  const isTrial = goesOn && nowMs >= before.lastMs + before.patienceMs;
  const patienceMs = goesOn ? Math.min(before.patienceMs * (isTrial ? 2 : 1), PATIENCE_MS_MAX) : PATIENCE_MS;
  fullDisks.set(object, { sinceMs: goesOn ? before.sinceMs : nowMs, lastMs: nowMs, patienceMs });
}

/** The runtime hides what it did not expect behind the number of an internal error, which differs each time. */
function explain(message: string): string {
  if (!message.startsWith('internal error')) return message;
  return (
    'the runtime cannot start it, and only its own log says why. SQLITE_NOTADB or SQLITE_CORRUPT there mean that the ' +
    'disk of this object is damaged (docs/operating.md)'
  );
}
