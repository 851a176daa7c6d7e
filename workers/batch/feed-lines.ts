/** Lines of a stream become operations of a run, as fast as it takes them. */

import { textByteLength } from '../../src/codec/index.ts';
import { LIMITS, type Problem, problem } from '../../src/protocol/index.ts';
import { discard } from '../routes/body.ts';
import type { BatchRun } from './batch-run.ts';
import type { LineFailure, LineReader, StreamLine } from './line-reader.ts';
import { mistake, readOperation } from './operation.ts';
import { problemText } from './result-text.ts';

const RETRY_AFTER_MS = 1000;

export async function feedLines(lines: LineReader, run: BatchRun): Promise<void> {
  let number = 0;
  while (!run.isEnded) {
    const read = await lines.next();
    switch (read.type) {
      case 'lines':
        for (const line of read.lines) {
          if (!run.hasRoom) await run.room();
          number += 1;
          feedLine(line, number, run);
        }
        break;
      case 'failed':
        run.addResult(problemText(failureProblem(read.why, number + 1)));
        if (read.why === 'line-too-long') await discard(lines.reader);
        return run.complete();
      case 'end':
        return run.complete();
    }
  }
}

function feedLine(line: StreamLine, number: number, run: BatchRun): void {
  const read = line === undefined ? mistake('it is no UTF-8') : readLine(line);
  if (read.type !== 'mistake') return run.add(read, textByteLength(line ?? ''));
  run.addResult(problemText(problem(read.code, `Line ${number}: ${read.what}.`, read.fields)));
}

function readLine(line: string): ReturnType<typeof readOperation> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return mistake('it is not JSON');
  }
  return readOperation(json);
}

/** It stands in place of the result of the line that did not come. */
function failureProblem(why: LineFailure, number: number): Problem {
  const rest = 'The lines before it have their results; neither it nor any after it was executed.';
  const again = { outcome: 'not-executed', retryAfterMs: RETRY_AFTER_MS } as const;
  switch (why) {
    case 'line-too-long': {
      const bytesMax = LIMITS.batchLineBytesMax;
      return problem(why, `Line ${number} is longer than ${bytesMax} bytes. ${rest}`, { bytesMax });
    }
    case 'body-timeout': {
      const seconds = LIMITS.streamIdleMsMax / 1000;
      return problem(why, `Line ${number} did not come within ${seconds} s. ${rest}`, {
        outcome: 'not-executed',
      });
    }
    case 'body-incomplete':
      return problem(why, `The body broke off in line ${number}. ${rest}`);
    case 'overloaded':
      return problem(why, `Too many bytes of requests are under way to read line ${number}. ${rest}`, again);
  }
}
