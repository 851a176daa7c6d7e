import { describe, expect, test } from 'vitest';
import { formatClientId } from '../../../src/kv/index.ts';
import { ClientIds } from '../../../workers/gateway/client-ids.ts';

const ID = formatClientId(1_700_000_000_000, 'alice');

/** A cluster that keeps the first key it is offered, and does not answer at first. */
function cluster(silentFor = 0) {
  let kept: Uint8Array | undefined;
  let asked = 0;
  return {
    asked: () => asked,
    keptKey: async (offered: Uint8Array) => {
      asked += 1;
      if (asked <= silentFor) return undefined;
      kept ??= offered;
      return kept;
    },
  };
}

async function signed(ids: ClientIds): Promise<string> {
  const client = await ids.sign(ID);
  if (client === undefined) throw new Error('there is no key');
  return client;
}

describe('a client id', () => {
  test('that one router has issued is known to all, and goes on without its signature', async () => {
    const { keptKey } = cluster();
    const [one, other] = [0, 1].map(() => new ClientIds({ secret: undefined, keptKey }));
    if (one === undefined || other === undefined) throw new RangeError('two');
    expect(await other.check(await signed(one))).toEqual({ type: 'issued', client: ID });
  });

  test('that nobody has issued is told from one that somebody has', async () => {
    const ids = new ClientIds({ secret: undefined, keptKey: cluster().keptKey });
    const client = await signed(ids);
    const flipped = `${client.slice(0, -2)}${client.at(-2) === 'A' ? 'B' : 'A'}${client.slice(-1)}`;
    const madeUp = ['', '.', ID, `${ID}.`, `${ID}.x`, flipped, `${client}.`, `${client}x`, `x${client}`];
    for (const each of madeUp) expect(await ids.check(each), each).toEqual({ type: 'not-issued' });
  });

  test('of another cluster is none of this one', async () => {
    const [here, there] = [0, 1].map(() => new ClientIds({ secret: undefined, keptKey: cluster().keptKey }));
    if (here === undefined || there === undefined) throw new RangeError('two');
    expect(await here.check(await signed(there))).toEqual({ type: 'not-issued' });
  });

  test('is signed by the secret of the deployment, if it has one, and nobody is asked', async () => {
    const { keptKey, asked } = cluster();
    const [one, other] = ['s1', 's2'].map((secret) => new ClientIds({ secret, keptKey }));
    if (one === undefined || other === undefined) throw new RangeError('two');
    const client = await signed(one);
    expect(await one.check(client)).toEqual({ type: 'issued', client: ID });
    expect(await other.check(client)).toEqual({ type: 'not-issued' });
    expect(asked()).toBe(0);
  });

  test('is signed although the request that asked for the key first was cut off', async () => {
    const { keptKey } = cluster();
    let calls = 0;
    const ids = new ClientIds({
      secret: undefined,
      keptKey: (offered) => {
        calls += 1;
        return calls === 1 ? new Promise(() => {}) : keptKey(offered);
      },
    });
    void ids.sign(ID);
    expect(await ids.sign(ID)).toMatch(/\./);
  });

  test('cannot be issued or checked without an answer of the controller, which is asked again and then no more', async () => {
    const { keptKey, asked } = cluster(2);
    const ids = new ClientIds({ secret: undefined, keptKey });
    expect(await ids.sign(ID)).toBeUndefined();
    expect(await ids.check(`${ID}.x`)).toEqual({ type: 'no-answer' });
    for (let count = 0; count < 3; count += 1) expect(await ids.sign(ID)).toBeDefined();
    expect(asked()).toBe(3);
  });
});
