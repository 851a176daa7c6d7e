/** Cases of chance: requests that are right, cut, doubled and written over. All that is wanted is a documented answer. */

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { ANYTHING, ask, type HostileCase, withBody } from './hostile-case.ts';

const SEEDS: readonly Buffer[] = [
  ask('GET /v1/kv/hostile-random?consistency=stale'),
  withBody('PUT /v1/kv/hostile-random', 'value', ['flotilla-client: 0000000a-abc', 'flotilla-sequence: 1']),
  withBody('POST /v1/kv/hostile-random', 'value'),
  ask('DELETE /v1/kv/hostile-random'),
  ask('GET /v1/cluster/configs/1'),
  withBody('POST /v1/cluster/leave', '{"groups":[998]}', ['Content-Type: application/json']),
  ask('PUT /v1/kv/hostile-random', ['Transfer-Encoding: chunked'], '5\r\nvalue\r\n0\r\n\r\n'),
];
/** What parsers stumble over. */
const PIECES = [
  '\0',
  '\r\n',
  '\n',
  ' ',
  ':',
  '%',
  '%00',
  '%ff',
  '..',
  '/',
  '"',
  '{',
  '[',
  '\xff',
  '0',
  '-',
  'e9',
  'chunked',
];
const CHANGES_MAX = 4;
const WAIT_MS = 3000;

export function* randomCases(seed: number): Generator<HostileCase> {
  const generator = xoroshiro128plus(seed);
  const below = (bound: number): number => uniformInt(generator, 0, bound - 1);
  for (let number = 0; ; number += 1) {
    let bytes = SEEDS[below(SEEDS.length)] ?? Buffer.alloc(0);
    for (let change = below(CHANGES_MAX); change >= 0; change -= 1) bytes = changed(bytes, below);
    yield { name: `random ${number}`, steps: [{ type: 'send', bytes }], right: [ANYTHING], waitMs: WAIT_MS };
  }
}

function changed(bytes: Buffer, below: (bound: number) => number): Buffer {
  const at = below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (below(4)) {
    case 0:
      return Buffer.concat([before, Buffer.from(PIECES[below(PIECES.length)] ?? '', 'latin1'), after]);
    case 1:
      return Buffer.concat([before, Buffer.of(below(256)), after.subarray(1)]);
    case 2:
      return Buffer.concat([before, after.subarray(below(8))]);
    default:
      return Buffer.concat([before, before.subarray(Math.max(0, at - below(40))), after]);
  }
}
