import { expect, test } from 'vitest';
import { placesOf } from '../../../../tools/bench/profile.ts';

const BUNDLE = [
  'var runtime = 1;',
  '// node_modules/hono/dist/hono.js',
  'function match() {}',
  '// src/raft/raft.ts',
  'function step() {}',
].join('\n');

test('time is counted where it is spent, by the file that the bundle names above a line, and idle time nowhere', () => {
  const url = 'file:///index.js';
  const node = (id: number, functionName: string, lineNumber: number, from = url) => ({
    id,
    callFrame: { functionName, lineNumber, url: from },
  });
  const profile = {
    nodes: [
      node(1, '(idle)', -1, ''),
      node(2, '(garbage collector)', -1, ''),
      node(3, 'match', 2),
      node(4, 'step', 4),
      node(5, 'exec', -1, ''),
      node(6, 'step', 4),
    ],
    samples: [1, 2, 3, 4, 5, 6],
    timeDeltas: [1000, 20, 30, 50, 40, 10],
  };
  const { places, functions } = placesOf(profile, new Map([[url, BUNDLE]]), 10);
  expect(places).toEqual([
    { name: 'src/raft', us: 6 },
    { name: 'runtime', us: 4 },
    { name: 'hono', us: 3 },
    { name: 'garbage collector', us: 2 },
  ]);
  expect(functions[0]).toEqual({ name: 'step, src/raft/raft.ts', us: 6 });
});
