import { expect, test } from 'vitest';
import { DEFAULT_CONTROLLER_SETTINGS } from '../../../src/controller/index.ts';
import { DEFAULT_KV_SETTINGS } from '../../../src/kv/index.ts';
import { LIMITS } from '../../../src/protocol/index.ts';

test('the wire lets through exactly what the store takes', () => {
  const { keyBytesMax, valueBytesMax, groupsMax } = LIMITS;
  expect(DEFAULT_KV_SETTINGS).toMatchObject({ keyBytesMax, valueBytesMax });
  expect(DEFAULT_CONTROLLER_SETTINGS).toMatchObject({ groupsMax });
});
