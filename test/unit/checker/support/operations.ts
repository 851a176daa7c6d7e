/** Histories written by hand: client, call, return (undefined: no reply), and what was asked and answered. */

import type {
  KeyValueInput,
  KeyValueOperation,
  KeyValueOutput,
  Value,
} from '../../../../tools/checker/index.ts';

export const KEY = 'x';

type Time = number | undefined;

export function operation(
  client: number,
  call: number,
  returned: Time,
  input: KeyValueInput,
  output: KeyValueOutput | undefined,
): KeyValueOperation {
  return { client, call, return: returned, input, output: returned === undefined ? undefined : output };
}

export const get = (
  client: number,
  call: number,
  returned: Time,
  value: Value,
  key = KEY,
): KeyValueOperation => operation(client, call, returned, { type: 'get', key }, value);

export const put = (
  client: number,
  call: number,
  returned: Time,
  value: string,
  key = KEY,
): KeyValueOperation => operation(client, call, returned, { type: 'put', key, value }, null);

export const append = (client: number, call: number, returned: Time, value: string): KeyValueOperation =>
  operation(client, call, returned, { type: 'append', key: KEY, value }, null);

export const appendOld = (
  client: number,
  call: number,
  returned: Time,
  value: string,
  old: Value,
): KeyValueOperation => operation(client, call, returned, { type: 'append-old', key: KEY, value }, old);

export const remove = (client: number, call: number, returned: Time): KeyValueOperation =>
  operation(client, call, returned, { type: 'delete', key: KEY }, null);

export const compareAndSet = (
  client: number,
  call: number,
  returned: Time,
  expected: Value,
  value: string,
  wasSet: boolean,
): KeyValueOperation =>
  operation(client, call, returned, { type: 'compare-and-set', key: KEY, expected, value }, wasSet);
