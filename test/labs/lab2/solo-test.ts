import { onBothHosts } from '../both-hosts.ts';
import { type SoloKv, startSoloKv } from '../kv-config.ts';
import type { Figure, LabTest } from '../lab-test.ts';
import type { Process } from '../process.ts';

/** The course fails a test that took longer. */
const TEST_SECONDS_MAX = 120;
const HANG_MS = { simulator: 3_600_000, workerd: 300_000 } as const;

export interface SoloTestOptions {
  readonly name: string;
  readonly isReliable: boolean;
  /** Off where the history would be larger than what is measured; the course records none there either. */
  readonly isRecording?: boolean;
  readonly runsAlone?: boolean;
}

/** A test of the single server. Besides the figures of its body it has those that the course prints with each. */
export function soloTest(
  { name, isReliable, isRecording = true, runsAlone = false }: SoloTestOptions,
  body: (kv: SoloKv) => Process<readonly Figure[]>,
): LabTest {
  const options = { isReliable, isRecording };
  const runners = onBothHosts({
    simulate: (seed, scheduler) => startSoloKv({ ...options, seed }, scheduler),
    onObjects: ({ seed, objects }, time) => objects.soloKv({ ...options, seed }, time),
    test: (kv) => wholeTest(kv, isRecording, body),
    end: (kv) => kv.end(),
    hangMs: HANG_MS,
  });
  return { lab: '2', name, runners, runsAlone };
}

function* wholeTest(
  kv: SoloKv,
  isRecording: boolean,
  body: (kv: SoloKv) => Process<readonly Figure[]>,
): Process<readonly Figure[]> {
  const figures = yield* body(kv);
  kv.clerks.checkLinearizable();
  const { scheduler, network } = kv.world;
  const seconds = { name: 'seconds', measured: scheduler.nowMs / 1000 };
  return [
    ...figures,
    isRecording ? { ...seconds, atMost: TEST_SECONDS_MAX } : seconds,
    { name: 'RPCs', measured: network.calls },
    { name: 'operations', measured: kv.clerks.completed },
  ];
}
