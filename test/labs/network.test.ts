/** The course's tests of its own network (labrpc), and the figures of its faults. */

import { describe, expect, test } from 'vitest';
import { Random } from '../sim/random.ts';
import { Scheduler } from '../sim/scheduler.ts';
import { type ClientEnd, type Handler, Network } from './network.ts';

const echo: Handler = (request, reply) => reply(request);

interface Outcome {
  reply: Uint8Array | undefined;
  atMs: number;
}

function setUp(handler: Handler = echo, seed = 1) {
  const scheduler = new Scheduler();
  const network = new Network(scheduler, new Random(seed));
  network.addServer('server', { Echo: handler });
  const end = network.makeEnd('server');
  end.isEnabled = true;
  return { scheduler, network, end };
}

/** Makes calls at once; the outcomes come in the order in which the calls end. */
function callMany(scheduler: Scheduler, end: ClientEnd, count: number): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  const startMs = scheduler.nowMs;
  for (let call = 0; call < count; call += 1) {
    end.call('Echo', Uint8Array.of(call % 256), (reply) => {
      outcomes.push({ reply, atMs: scheduler.nowMs - startMs });
    });
  }
  scheduler.runFor(60_000);
  return outcomes;
}

const succeeded = (outcomes: readonly Outcome[]) => outcomes.filter(({ reply }) => reply !== undefined);

describe('a reliable network', () => {
  test('Basic, ConcurrentMany, Counts, Bytes: every call gets its own reply and is counted', () => {
    const { scheduler, network, end } = setUp();
    const outcomes = callMany(scheduler, end, 200);
    const replies = outcomes.map(({ reply }) => reply?.[0] ?? -1);
    expect(replies.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, call) => call));
    expect(network.calls).toBe(200);
    expect(network.deliveredTo('server')).toBe(200);
    expect(network.bytes).toBe(400);
  });

  test('calls may overtake each other', () => {
    const { scheduler, end } = setUp();
    const replies = callMany(scheduler, end, 100).map(({ reply }) => reply?.[0] ?? -1);
    expect(replies).not.toEqual(replies.toSorted((a, b) => a - b));
  });

  test('an unknown service is a mistake of the test', () => {
    const { scheduler, end } = setUp();
    end.call('Typo', new Uint8Array(), () => undefined);
    expect(() => scheduler.runFor(10)).toThrow('Typo');
  });
});

describe('Disconnect: a call over a disabled end, or to no server, ends without a reply', () => {
  test.each([
    ['within 100 ms', false, 99],
    ['within 7 s with long delays', true, 6999],
  ])('%s', (_, hasLongDelays, latestMs) => {
    const { scheduler, network, end } = setUp();
    network.hasLongDelays = hasLongDelays;
    end.isEnabled = false;
    const nobody = network.makeEnd('nobody');
    nobody.isEnabled = true;
    for (const deadEnd of [end, nobody]) {
      const outcomes = callMany(scheduler, deadEnd, 2000);
      expect(outcomes).toHaveLength(2000);
      expect(succeeded(outcomes)).toEqual([]);
      const times = outcomes.map(({ atMs }) => atMs);
      expect(Math.max(...times)).toBeLessThanOrEqual(latestMs);
      expect(Math.max(...times)).toBeGreaterThan(latestMs * 0.9);
    }
    expect(network.deliveredTo('server')).toBe(0);
  });

  test('Regression1: calls that hang there do not hold up a later one', () => {
    const { scheduler, network, end } = setUp();
    network.hasLongDelays = true;
    end.isEnabled = false;
    for (let call = 0; call < 20; call += 1) end.call('Echo', new Uint8Array(), () => undefined);
    end.isEnabled = true;
    expect(callMany(scheduler, end, 1)[0]?.atMs).toBeLessThan(30);
  });
});

describe('Unreliable', () => {
  test('about 81 % of the calls succeed, and some of the others were executed', () => {
    const { scheduler, network, end } = setUp();
    network.isReliable = false;
    const outcomes = callMany(scheduler, end, 10_000);
    expect(outcomes).toHaveLength(10_000);
    expect(succeeded(outcomes).length / 10_000).toBeCloseTo(0.81, 1);
    expect(network.deliveredTo('server') / 10_000).toBeCloseTo(0.9, 1);
    expect(Math.max(...outcomes.map(({ atMs }) => atMs))).toBeLessThanOrEqual(26 + 1);
  });

  test('long reordering delays two replies of three by 200 to 2199 ms', () => {
    const { scheduler, network, end } = setUp();
    network.hasLongReordering = true;
    const delays = callMany(scheduler, end, 10_000).map(({ atMs }) => atMs);
    const long = delays.filter((delayMs) => delayMs > 2);
    expect(long.length / delays.length).toBeCloseTo(2 / 3, 1);
    expect(Math.min(...long)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...long)).toBeLessThanOrEqual(2199 + 1);
  });
});

describe('Killed: a call whose handler never answers', () => {
  const never: Handler = () => undefined;

  test('does not end as long as its server is there', () => {
    const { scheduler, end } = setUp(never);
    expect(callMany(scheduler, end, 1)).toEqual([]);
  });

  test.each([
    ['its server is deleted', (network: Network, _: ClientEnd) => network.deleteServer('server')],
    ['its server is replaced', (network: Network, _: ClientEnd) => network.addServer('server', {})],
    [
      'its end is disabled',
      (_: Network, end: ClientEnd) => {
        end.isEnabled = false;
      },
    ],
  ])('ends within 100 ms after %s', (_, kill) => {
    const { scheduler, network, end } = setUp(never);
    let endedAtMs: number | undefined;
    end.call('Echo', new Uint8Array(), (reply) => {
      expect(reply).toBeUndefined();
      endedAtMs = scheduler.nowMs;
    });
    scheduler.runFor(1000);
    expect(endedAtMs).toBeUndefined();
    kill(network, end);
    scheduler.runFor(100);
    expect(endedAtMs).toBeDefined();
  });
});

test('N3: a reply from a server that was replaced meanwhile never arrives, though the request was executed', () => {
  const { scheduler, network, end } = setUp((request, reply) => scheduler.after(10, () => reply(request)));
  const outcomes: Outcome[] = [];
  end.call('Echo', Uint8Array.of(1), (reply) => outcomes.push({ reply, atMs: scheduler.nowMs }));
  scheduler.runFor(5);
  network.addServer('server', { Echo: echo });
  scheduler.runFor(200);
  expect(outcomes.map(({ reply }) => reply)).toEqual([undefined]);
  expect(network.deliveredTo('server')).toBe(1);
});
