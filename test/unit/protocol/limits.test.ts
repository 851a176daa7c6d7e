import { expect, test } from 'vitest';
import { DEFAULT_KV_SETTINGS } from '../../../src/kv/index.ts';
import { LIMITS } from '../../../src/protocol/index.ts';

test('the wire lets through exactly what the store takes', () => {
  expect(DEFAULT_KV_SETTINGS).toMatchObject(LIMITS);
});
