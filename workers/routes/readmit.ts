/** Takes back a replica that has lost its disk, or whose disk is damaged: `{"replica":3}` to the group that the path names. */

import type { Context } from 'hono';
import * as z from 'zod';
import type { CallOutcome, TakenBack } from '../../src/client/index.ts';
import { LIMITS, type Problem, problem, problemResponse } from '../../src/protocol/index.ts';
import type { BackendsVariables } from '../middleware/backends.ts';
import { readJson } from './json-body.ts';

const RETRY_AFTER_MS = 1000;

const READMIT = z.object({ replica: z.int().min(1) });

export async function readmit(c: Context<BackendsVariables>): Promise<Response> {
  const { bodies } = c.var.backends.budgets;
  const body = await readJson(c.req.raw, READMIT, LIMITS.clusterBodyBytesMax, bodies);
  if (body.type === 'refused') return problemResponse(body.problem);
  const group = c.req.param('group') ?? '';
  const { replica } = body.value;
  const outcome = await c.var.backends.cluster.readmit(group, replica);
  switch (outcome.type) {
    case 'no-such-group': {
      const detail = 'The path names the number of a group of this cluster, or controller.';
      return problemResponse(problem('group-unknown', detail));
    }
    case 'failed':
      return problemResponse(notYet(outcome));
    case 'answered':
      return answered(c, replica, outcome.result);
  }
}

function answered(c: Context<BackendsVariables>, replica: number, standing: TakenBack): Response {
  switch (standing) {
    case 'readmitted':
      return c.json({ replica, standing: 'member' });
    case 'member': {
      const detail = 'That replica is a member with the disk that it has: there is nothing to do.';
      return problemResponse(problem('replica-not-forgetful', detail));
    }
    case 'stranger':
      return problemResponse(problem('replica-unknown', 'The group has no replica of that number.'));
    case 'damaged': {
      const detail =
        'The disk of that replica is damaged, and is kept as it is: of the others fewer answer as members than a ' +
        'majority of the group, so what is on it may be needed. Bring them back first; GET /v1/status says what they are.';
      return problemResponse(problem('disk-kept', detail));
    }
    case 'refused': {
      const detail =
        'That replica refuses to run on its disk, which is not damaged: GET /v1/status says why. Its disk is kept.';
      return problemResponse(problem('disk-kept', detail));
    }
    case 'forgetful':
    case 'unformed': {
      const detail = 'That replica has not heard from its group yet. It asks by itself; try again soon.';
      return problemResponse(retryable('replica-behind', detail));
    }
  }
}

function notYet({ reason, mayBeExecuted }: Extract<CallOutcome<TakenBack>, { type: 'failed' }>): Problem {
  if (reason === 'overloaded') {
    const detail =
      'That replica has not caught up with its leader yet, or another one is being taken back. Try again soon.';
    return retryable('replica-behind', detail);
  }
  const detail =
    'The replica or a leader of its group did not answer in time, or too few others did to commit it. To ask again does no harm.';
  return problem('no-leader', detail, {
    outcome: mayBeExecuted ? 'unknown' : 'not-executed',
    retryAfterMs: RETRY_AFTER_MS,
  });
}

function retryable(code: 'replica-behind', detail: string): Problem {
  return problem(code, detail, { outcome: 'not-executed', retryAfterMs: RETRY_AFTER_MS });
}
