import { expect, test } from 'vitest';
import { hostName, isLoopback } from '../../../src/protocol/index.ts';

test.each([
  ['localhost', 'localhost'],
  ['LocalHost:8787', 'localhost'],
  ['127.0.0.1:80', '127.0.0.1'],
  ['[::1]:8787', '[::1]'],
  ['store_1.internal', 'store_1.internal'],
  ['a.b.', 'a.b.'],
  ['x', 'x'],
  ['a:65535', 'a'],
])('%s is a plain host, whose name is %s', (host, name) => {
  expect(hostName(host)).toBe(name);
});

test.each([
  '',
  'a/v1/cluster?',
  'a?',
  'a#',
  'a\\b',
  'a@b',
  'a b',
  'a\tb',
  ' a',
  'a,b',
  'a*',
  'a%2f',
  'é',
  '[::1',
  '::1',
  '[g]',
  'a:',
  'a:99999',
  'a:08',
  'a:1:2',
  '-a',
  'a-',
  'http://a',
])('%j is no plain host', (host) => expect(hostName(host)).toBeUndefined());

test.each(['localhost', '127.0.0.1', '127.9.8.7', '[::1]'])('%s is this machine', (name) => {
  expect(isLoopback(name)).toBe(true);
});

test.each([
  'rebind.example',
  '127.0.0.1.nip.io',
  'localhost.example',
  '0.0.0.0',
  '192.168.0.1',
  '127.1',
  '[::]',
])('%s may be another machine', (name) => expect(isLoopback(name)).toBe(false));
