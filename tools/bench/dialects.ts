/**
 * How an operation is said to each kind of server. A dialect without a word for an operation is not asked for it.
 */

import { PATHS, type StorePath } from '../../src/protocol/index.ts';
import { keyPath } from '../harness/http-answers.ts';
import { HOT_KEY, type KeySupply } from './key-supply.ts';
import type { LoadRequest } from './load.ts';
import { BATCH_PUTS, type Operation, STREAM_PUTS } from './workload.ts';

/** The next request of an operation. */
type Phrase = (keys: KeySupply, valueBytes: number) => LoadRequest;

export interface Dialect {
  readonly put: (key: string, value: Uint8Array) => LoadRequest;
  readonly get: (key: string) => LoadRequest;
  readonly phrases: Readonly<Partial<Record<Operation, Phrase>>>;
}

/** What all servers have. */
function plainPhrases(
  put: Dialect['put'],
  get: Dialect['get'],
): Record<'put' | 'put-hot' | 'get' | 'mix', Phrase> {
  return {
    put: (keys, bytes) => put(keys.fresh(), keys.value(bytes)),
    'put-hot': (keys, bytes) => put(HOT_KEY, keys.value(bytes)),
    get: (keys, bytes) => get(keys.known(bytes)),
    mix: (keys, bytes) => {
      const key = keys.known(bytes);
      return Math.random() < 0.5 ? put(key, keys.value(bytes)) : get(key);
    },
  };
}

function plainDialect(store: StorePath): Dialect {
  const put = (key: string, body: Uint8Array): LoadRequest => ({
    method: 'PUT',
    path: keyPath(store, key),
    body,
    expectedStatus: 204,
  });
  const get = (key: string): LoadRequest => ({
    method: 'GET',
    path: keyPath(store, key),
    expectedStatus: 200,
  });
  return { put, get, phrases: plainPhrases(put, get) };
}

function storeDialect(store: StorePath): Dialect {
  const plain = plainDialect(store);
  return {
    ...plain,
    phrases: {
      ...plain.phrases,
      append: (keys, bytes) => {
        const path = keyPath(store, keys.known(bytes));
        return { method: 'POST', path, body: keys.value(bytes), expectedStatus: 200 };
      },
      'put-if-absent': (keys, bytes) => ({
        ...plain.put(keys.fresh(), keys.value(bytes)),
        headers: { 'if-none-match': '*' },
      }),
    },
  };
}

interface Row {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Batches are for the replicated store alone. */
export function putBatch(rows: readonly Row[]): LoadRequest {
  return batchRequest('application/json', rows.length, JSON.stringify({ operations: rows.map(putOf) }));
}

function putStream(rows: readonly Row[]): LoadRequest {
  const lines = rows.map((row) => `${JSON.stringify(putOf(row))}\n`);
  return batchRequest('application/x-ndjson', rows.length, lines.join(''));
}

function putOf({ key, value }: Row): object {
  return { op: 'put', key, base64: base64(value) };
}

function batchRequest(type: string, operations: number, body: string): LoadRequest {
  return {
    method: 'POST',
    path: PATHS.batch,
    headers: { 'content-type': type },
    body,
    expectedStatus: 200,
    operations,
    failsWith: '"problem":',
  };
}

function freshRows(keys: KeySupply, bytes: number, count: number): readonly Row[] {
  return Array.from({ length: count }, () => ({ key: keys.fresh(), value: keys.value(bytes) }));
}

function groupDialect(): Dialect {
  const single = storeDialect(PATHS.kv);
  return {
    ...single,
    phrases: {
      ...single.phrases,
      'put-batch': (keys, bytes) => putBatch(freshRows(keys, bytes, BATCH_PUTS)),
      'put-stream': (keys, bytes) => putStream(freshRows(keys, bytes, STREAM_PUTS)),
    },
  };
}

export const FLOOR_DIALECT = plainDialect(PATHS.kv);
export const GROUP_DIALECT = groupDialect();
export const SOLO_DIALECT = storeDialect(PATHS.solo);

const HEADERS = { 'content-type': 'application/json' };

function etcdRequest(path: string, body: object): LoadRequest {
  return { method: 'POST', path, headers: HEADERS, body: JSON.stringify(body), expectedStatus: 200 };
}

function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64');
}

function etcdPut(key: string, value: Uint8Array): LoadRequest {
  return etcdRequest('/v3/kv/put', { key: base64(key), value: base64(value) });
}

function etcdGet(key: string): LoadRequest {
  return etcdRequest('/v3/kv/range', { key: base64(key) });
}

/** The JSON gateway. It has no append. */
export const ETCD_DIALECT: Dialect = {
  put: etcdPut,
  get: etcdGet,
  phrases: {
    ...plainPhrases(etcdPut, etcdGet),
    'put-if-absent': (keys, bytes) => {
      const [key, value] = [base64(keys.fresh()), base64(keys.value(bytes))];
      return etcdRequest('/v3/kv/txn', {
        compare: [{ key, target: 'CREATE', result: 'EQUAL', create_revision: 0 }],
        success: [{ request_put: { key, value } }],
      });
    },
    'put-batch': (keys, bytes) => {
      const success = Array.from({ length: BATCH_PUTS }, () => {
        return { request_put: { key: base64(keys.fresh()), value: base64(keys.value(bytes)) } };
      });
      return { ...etcdRequest('/v3/kv/txn', { success }), operations: BATCH_PUTS };
    },
  },
};
