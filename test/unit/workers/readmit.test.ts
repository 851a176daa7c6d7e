import { describe, expect, test } from 'vitest';
import type { TakenBack } from '../../../src/client/index.ts';
import type { ReadmitOutcome } from '../../../workers/gateway/backends.ts';
import { answered, appOver, expectProblem, failed, unusedCluster } from './fake-backends.ts';

/** The answer, and for whom it was asked. */
async function readmit(outcome: ReadmitOutcome, body = '{"replica":3}', contentType = 'application/json') {
  const asked: (readonly [string, number])[] = [];
  const cluster = {
    ...unusedCluster,
    readmit: async (group: string, replica: number) => {
      asked.push([group, replica]);
      return outcome;
    },
  };
  const response = await appOver({ cluster }).app.request('/v1/cluster/groups/7/readmit', {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
  });
  return { response, asked };
}

test('a replica is taken back in the group that the path names', async () => {
  const { response, asked } = await readmit(answered('readmitted'));
  expect(asked).toEqual([['7', 3]]);
  expect([response.status, await response.json()]).toEqual([200, { replica: 3, standing: 'member' }]);
});

const standing = (one: TakenBack) => answered(one);

describe('what stands in the way is said', () => {
  const retry = { outcome: 'not-executed', retryAfterMs: 1000 } as const;

  test.each([
    ['an unknown group', { type: 'no-such-group' }, 'group-unknown', {}],
    ['an unknown replica', standing('stranger'), 'replica-unknown', {}],
    ['a damaged disk that may be needed', standing('damaged'), 'disk-kept', {}],
    ['a disk of other code', standing('refused'), 'disk-kept', {}],
    ['a replica that has its disk', standing('member'), 'replica-not-forgetful', {}],
    ['a replica that has not heard of its group', standing('unformed'), 'replica-behind', retry],
    ['a replica that has not caught up', failed('overloaded'), 'replica-behind', retry],
    ['no leader', failed('no-answer'), 'no-leader', retry],
    ['no answer', failed('no-answer', true), 'no-leader', { ...retry, outcome: 'unknown' }],
  ] as const)('%s', async (_, outcome, code, fields) => {
    const { response } = await readmit(outcome);
    await expectProblem(response, code, fields);
  });

  test.each(['{}', '{"replica":0}', '{"replica":"3"}', '[]', ''])('the body %s', async (body) => {
    const { response, asked } = await readmit(answered('readmitted'), body);
    await expectProblem(response, 'body-malformed');
    expect(asked).toEqual([]);
  });

  test('a body that a page of another site could send', async () => {
    const { response, asked } = await readmit(answered('readmitted'), '{"replica":3}', 'text/plain');
    await expectProblem(response, 'content-type-unsupported');
    expect(asked).toEqual([]);
  });
});
