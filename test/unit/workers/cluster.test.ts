import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/protocol/index.ts';
import { appOver, expectProblem, recordingCluster } from './fake-backends.ts';

describe('a configuration by its number', () => {
  test('is asked for by the number in plain decimal', async () => {
    const { backend, numbers } = recordingCluster();
    const response = await appOver({ cluster: backend }).app.request('/v1/cluster/configs/1');
    expect([response.status, numbers]).toEqual([200, [1]]);
  });

  test.each(['0', '2', '9007199254740991'])('%s answers 404 if there is none', async (number) => {
    const { app } = appOver({ cluster: recordingCluster().backend });
    await expectProblem(await app.request(`/v1/cluster/configs/${number}`), 'configuration-unknown');
  });

  test.each(['%20', '1.0', '0x1', '1e0', '01', '+1', '-1', '1%20', '%31x', '9007199254740993', '%FF', 'one'])(
    '%s answers 400, and nobody is asked',
    async (number) => {
      const { backend, numbers } = recordingCluster();
      const response = await appOver({ cluster: backend }).app.request(`/v1/cluster/configs/${number}`);
      await expectProblem(response, 'parameter-malformed');
      expect(numbers).toEqual([]);
    },
  );
});

const ROUTES = ['join', 'leave', 'move'] as const;

/** The answer to a change of the cluster, and the changes that came of it. */
async function change(route: (typeof ROUTES)[number], body: string | Uint8Array<ArrayBuffer>, headers = {}) {
  const { backend, changes } = recordingCluster();
  const { app } = appOver({ cluster: backend });
  const response = await app.request(`/v1/cluster/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { response, changes };
}

test('a change of the cluster reaches the controller', async () => {
  const join = await change('join', '{"groups":[2,3]}');
  const leave = await change('leave', '{"groups":[2]}');
  const move = await change('move', '{"shard":7,"group":2}');
  expect([join, leave, move].map(({ response }) => response.status)).toEqual([200, 200, 200]);
  expect(join.changes.map(({ type }) => type)).toEqual(['join']);
  expect(leave.changes).toEqual([{ type: 'leave', groups: [2] }]);
  expect(move.changes).toEqual([{ type: 'move', shard: 7, group: 2 }]);
});

test('a shard that no cluster can have is refused, and nobody is asked', async () => {
  const { response, changes } = await change('move', '{"shard":65536,"group":1}');
  await expectProblem(response, 'body-malformed');
  expect(changes).toEqual([]);
});

describe('declare-lost', () => {
  const ask = async (group: string, body: string) => {
    const { backend, changes } = recordingCluster();
    const response = await appOver({ cluster: backend }).app.request(
      `/v1/cluster/groups/${group}/declare-lost`,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body },
    );
    return { response, changes };
  };

  test('with the words that confirm it reaches the controller', async () => {
    const { response, changes } = await ask('3', '{"confirm":"data of group 3 is lost"}');
    expect([response.status, changes]).toEqual([200, [{ type: 'declare-lost', group: 3 }]]);
  });

  test.each([
    ['confirmation-missing', '3', '{"confirm":"data of group 2 is lost"}'],
    ['confirmation-missing', '3', '{"confirm":""}'],
    ['body-malformed', '3', '{}'],
    ['parameter-malformed', '0', '{"confirm":"data of group 0 is lost"}'],
    ['parameter-malformed', '3x', '{"confirm":"data of group 3 is lost"}'],
  ] as const)('without them is answered with %s, and nobody is asked: %s %s', async (code, group, body) => {
    const { response, changes } = await ask(group, body);
    await expectProblem(response, code);
    expect(changes).toEqual([]);
  });
});

describe.each(ROUTES)('the body of %s', (route) => {
  const { clusterBodyBytesMax: bytesMax } = LIMITS;

  test('is refused before it is parsed if it is too large, whatever its length says', async () => {
    const body = `{"groups":[1]}${' '.repeat(bytesMax)}`;
    for (const headers of [{}, { 'content-length': '3' }, { 'content-length': '1e9' }]) {
      const { response, changes } = await change(route, body, headers);
      await expectProblem(response, 'body-too-large', { bytesMax });
      expect(changes).toEqual([]);
    }
  });

  test.each([
    ['no JSON', '{'],
    ['empty', ''],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['JSON behind a byte order mark', '\ufeff{"groups":[1],"shard":1,"group":1}'],
    ['of another form', '[]'],
    ['null', 'null'],
    ['very deep', '['.repeat(bytesMax)],
    ['without numbers', '{"groups":["1"],"shard":"1","group":"1"}'],
    ['with half numbers', '{"groups":[1.5],"shard":1.5,"group":1.5}'],
    ['with negative numbers', '{"groups":[-1],"shard":-1,"group":-1}'],
    ['with numbers that cannot be told apart', '{"groups":[1e300],"shard":1e300,"group":9007199254740992}'],
  ])('is refused if it is %s', async (_, body) => {
    const { response, changes } = await change(route, body);
    await expectProblem(response, 'body-malformed');
    expect(changes).toEqual([]);
  });
});

test('a change names at most as many groups as a cluster can have', async () => {
  const named = (count: number) =>
    JSON.stringify({ groups: Array.from({ length: count }, (_, at) => at + 1) });
  expect((await change('leave', named(LIMITS.groupsMax))).response.status).toBe(200);
  const { response, changes } = await change('leave', named(LIMITS.groupsMax + 1));
  await expectProblem(response, 'body-malformed');
  expect(changes).toEqual([]);
});

test('of hundreds of mistakes in a body three are named, and the rest are counted', async () => {
  const groups = Array.from({ length: LIMITS.groupsMax }, () => 'a text of some length'.repeat(10));
  const { response } = await change('join', JSON.stringify({ groups }));
  const { detail } = (await response.json()) as { readonly detail: string };
  expect(detail.match(/groups\.\d+/g)).toEqual(['groups.0', 'groups.1', 'groups.2']);
  expect(detail).toMatch(/; and 253 more\.$/);
});

describe.each(ROUTES)('a content type of %s', (route) => {
  const body = '{"groups":[1],"shard":1,"group":1}';

  test.each(['application/json', 'Application/JSON; charset=utf-8'])('%s is taken', async (type) => {
    expect((await change(route, body, { 'content-type': type })).response.status).toBe(200);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonx',
    '',
  ])('%j, which any page may send, answers 415', async (type) => {
    const { response, changes } = await change(route, body, { 'content-type': type });
    await expectProblem(response, 'content-type-unsupported');
    expect(changes).toEqual([]);
  });
});
