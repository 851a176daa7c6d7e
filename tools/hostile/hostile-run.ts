/** Everything hostile at a cluster that runs, while honest clients go on, and what came of it. */

import { CATALOGUE } from './cases/catalogue.ts';
import { play } from './exchange.ts';
import { floods } from './flood.ts';
import { Growth, type GrowthOptions } from './growth.ts';
import { HonestClients } from './honest-clients.ts';
import type { HostileCase } from './hostile-case.ts';
import { randomCases } from './random-cases.ts';
import { Verdicts } from './verdicts.ts';

export interface HostileOptions extends GrowthOptions {
  readonly url: string;
  readonly seed: number;
  /** How long cases of chance go on. */
  readonly seconds: number;
  readonly onCase: () => void;
}

export interface HostileReport {
  /** What was tried, and what answered. */
  readonly lines: readonly string[];
  /** Empty if all is well. */
  readonly wrong: readonly string[];
}

const AT_ONCE = 8;
const HONEST_CLIENTS = 4;

/** Cases that are always tried. */
export const CASES = CATALOGUE.reduce((sum, { cases }) => sum + cases.length, 0);

export async function runHostile(options: HostileOptions): Promise<HostileReport> {
  const { seed, seconds, onCase } = options;
  const url = new URL(options.url);
  const verdicts = new Verdicts();
  const growth = new Growth(options);
  const honest = new HonestClients(url.origin, HONEST_CLIENTS, `${seed}-${Date.now()}`);
  const tryAll = (section: string, cases: Iterable<HostileCase>): Promise<void> =>
    atOnce(cases, async (each) => {
      verdicts.judge(section, each, await play(url, each));
      onCase();
    });
  for (const { name, cases } of CATALOGUE) await tryAll(name, cases);
  for await (const [each, heard] of floods(url)) verdicts.judge('floods', each, heard);
  await tryAll('random', within(seconds, randomCases(seed)));
  for (const wrong of await honest.stop()) verdicts.add(wrong);
  const { acknowledged } = honest;
  if (acknowledged === 0) verdicts.add('no honest write was acknowledged');
  const grown = growth.stop();
  for (const wrong of grown.wrong) verdicts.add(wrong);
  const lines = [...verdicts.table, `honest writes: ${acknowledged} acknowledged`, ...grown.lines];
  return { lines, wrong: verdicts.wrong };
}

async function atOnce<Each>(all: Iterable<Each>, work: (each: Each) => Promise<void>): Promise<void> {
  const rest = all[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function* within<Each>(seconds: number, all: Iterable<Each>): Generator<Each> {
  const untilMs = performance.now() + 1000 * seconds;
  for (const each of all) {
    if (performance.now() >= untilMs) return;
    yield each;
  }
}
