/** What the replicas of one group did of late, as text. */

import type { Context } from 'hono';
import { PARAMETERS, problem, problemResponse } from '../../src/protocol/index.ts';
import type { BackendsVariables } from '../middleware/backends.ts';

export async function trace(c: Context<BackendsVariables>): Promise<Response> {
  const answer = await c.var.backends.trace(c.req.query(PARAMETERS.group) ?? '');
  switch (answer.type) {
    case 'trace':
      // Who did not answer is no part of what was noted.
      return c.text(answer.lines + answer.silent.map((name) => `# ${name} does not answer\n`).join(''));
    case 'off': {
      const detail = 'No notes are kept. TRACE_NOTES_MAX in wrangler.toml says how many a replica keeps.';
      return problemResponse(problem('trace-off', detail));
    }
    case 'no-such-group': {
      const detail = `The query parameter ${PARAMETERS.group} is the number of a group of this cluster, or controller.`;
      return problemResponse(problem('parameter-malformed', detail));
    }
  }
}
