import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { Change, ChangeRefusal } from '../../src/controller/index.ts';
import { SHARDS_MAX } from '../../src/kv/index.ts';
import { LIMITS, type Problem, parseInteger, problem, problemResponse } from '../../src/protocol/index.ts';
import { asGroupId, asShardId } from '../../src/shard/index.ts';
import type { ChangeOutcome } from '../gateway/backends.ts';
import { configurationJson } from '../gateway/configuration-json.ts';
import type { BackendsVariables } from '../middleware/backends.ts';
import { shardCountProblem, unreadable } from './answers.ts';
import { readJson } from './json-body.ts';
import { readmit } from './readmit.ts';

const RETRY_AFTER_MS = 1000;

const number = z.int().min(0);
const GROUPS = z.object({ groups: z.array(number).min(1).max(LIMITS.groupsMax) });
// A larger one is in no message: the controller would never hear of it.
const MOVE = z.object({ shard: number.max(SHARDS_MAX - 1), group: number });

const LOST = z.object({ confirm: z.string().max(100) });

type ClusterContext = Context<BackendsVariables>;

/** Who has which shard; groups join and leave, and shards are moved by hand. */
export function clusterRoutes() {
  return new Hono<BackendsVariables>()
    .get('/', async (c) => {
      const description = await c.var.backends.cluster.describe();
      return description === undefined ? noController('not-executed') : c.json(description);
    })
    .get('/configs/:number', async (c) => {
      const wanted = parseInteger(c.req.param('number'), 0);
      if (wanted === undefined) {
        const detail = 'The number of a configuration is an integer from 0, in plain decimal.';
        return problemResponse(problem('parameter-malformed', detail));
      }
      const configuration = await c.var.backends.cluster.configuration(wanted);
      if (configuration === undefined) return noController('not-executed');
      if (configuration.number !== wanted) {
        const detail = `The latest configuration has number ${configuration.number}.`;
        return problemResponse(problem('configuration-unknown', detail));
      }
      return c.json(configurationJson(configuration));
    })
    .post('/join', (c) =>
      change(c, GROUPS, ({ groups }) => ({
        type: 'join',
        groups: new Map(groups.map((group) => c.var.backends.cluster.group(group))),
      })),
    )
    .post('/leave', (c) =>
      change(c, GROUPS, ({ groups }) => ({ type: 'leave', groups: groups.map(asGroupId) })),
    )
    .post('/groups/:group/readmit', readmit)
    .post('/move', (c) =>
      change(c, MOVE, ({ shard, group }) => ({
        type: 'move',
        shard: asShardId(shard),
        group: asGroupId(group),
      })),
    )
    .post('/groups/:group/declare-lost', (c) => {
      const group = parseInteger(c.req.param('group'), 1);
      if (group === undefined) {
        const detail = 'The number of a group is an integer from 1, in plain decimal.';
        return problemResponse(problem('parameter-malformed', detail));
      }
      const confirmation = `data of group ${group} is lost`;
      return change(c, LOST, ({ confirm }) =>
        confirm === confirmation
          ? { type: 'declare-lost', group: asGroupId(group) }
          : problem(
              'confirmation-missing',
              `What group ${group} holds is given up for good, and cannot be had back. If it is gone, send {"confirm":"${confirmation}"}.`,
            ),
      );
    });
}

async function change<Body>(
  c: ClusterContext,
  schema: z.ZodType<Body>,
  read: (body: Body) => Change | Problem,
): Promise<Response> {
  const { bodies } = c.var.backends.budgets;
  const body = await readJson(c.req.raw, schema, LIMITS.clusterBodyBytesMax, bodies);
  if (body.type === 'refused') return problemResponse(body.problem);
  const wanted = read(body.value);
  if ('code' in wanted) return problemResponse(wanted);
  const outcome = await c.var.backends.cluster.change(wanted);
  return outcome === undefined ? noController('unknown') : changed(c, outcome);
}

function changed(c: ClusterContext, outcome: ChangeOutcome): Response {
  switch (outcome.type) {
    case 'configured':
      return c.json(configurationJson(outcome.configuration));
    case 'refused':
      return problemResponse(problem(outcome.reason, REASONS[outcome.reason]));
    case 'unreadable':
      return problemResponse(unreadable(outcome.replica));
    case 'shard-count':
      return problemResponse(shardCountProblem(outcome, { outcome: 'not-executed' }));
    case 'key':
    case 'sequence-reused':
    case 'sequence-stale':
    case 'session-expired':
    case 'session-malformed':
      throw new Error(`the controller answered a change of this server's own making with ${outcome.type}`);
  }
}

const REASONS: { readonly [Reason in ChangeRefusal]: string } = {
  'already-formed': 'The cluster has a configuration already.',
  'group-exists': 'A group of that number is in the configuration already.',
  'group-invalid': 'A group number is an integer from 1.',
  'group-lost':
    'A group of that number was declared lost. Others have begun anew with its shards, so the number is never used again.',
  'group-unknown': 'The configuration has no group of that number.',
  'history-full':
    'A group has not finished with the oldest configurations that are kept, and this change would take them away. ' +
    'GET /v1/status says who waits for whom. A group that is gone for good can be declared lost.',
  'last-group': 'The last group holds all data: another must join before it can leave.',
  'no-groups': 'At least one group must be named.',
  'shard-unknown': 'The cluster has no shard of that number.',
  'too-many-groups': `A cluster has at most as many groups as shards, and at most ${LIMITS.groupsMax}.`,
  'too-many-lost': 'As many groups were declared lost as a cluster can remember.',
};

function noController(outcome: 'not-executed' | 'unknown'): Response {
  const detail = 'The shard controller did not answer in time.';
  return problemResponse(
    problem('controller-unreachable', detail, { outcome, retryAfterMs: RETRY_AFTER_MS }),
  );
}
