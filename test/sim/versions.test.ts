import { expect, test } from 'vitest';
import { Versions } from './versions.ts';

test('versions are given once: another write gets one that was given', () => {
  const versions = new Versions();
  expect(versions.given('key', 1, 'a/1')).toBeUndefined();
  expect(versions.given('key', 1, 'a/1')).toBeUndefined();
  expect(versions.given('other', 1, 'b/1')).toBeUndefined();
  expect(versions.given('key', 1, 'b/2')).toMatch(/version 1 of key was given to a\/1 and to b\/2/);
});
