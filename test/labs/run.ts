import {
  type Figure,
  formatFigure,
  isWithinBounds,
  type LabContext,
  LabFailure,
  type LabTest,
} from './lab-test.ts';

export interface LabReport {
  /** Of all seeds, the figure that is nearest to its bound or furthest beyond it. */
  readonly figures: readonly Figure[];
  readonly failures: readonly { readonly seed: number; readonly message: string }[];
}

/** Runs one test with one seed, wherever it does. Throws whatever fails the test. */
export type Run = (test: LabTest, context: LabContext) => Promise<readonly Figure[]>;

/** A test that does not run there is the caller's mistake. */
export const inSimulator: Run = async ({ name, runners }, context) => {
  if (runners.simulator === undefined) throw new RangeError(`${name} does not run in the simulator`);
  return runners.simulator(context);
};

/** Runs a test with each seed. */
export async function runLabTest(
  test: LabTest,
  run: Run | 'simulator',
  seeds: readonly number[],
): Promise<LabReport> {
  const figures = new Map<string, Figure>();
  const failures: { seed: number; message: string }[] = [];
  for (const seed of seeds) {
    const outcome = await attempt(test, run === 'simulator' ? inSimulator : run, { seed });
    for (const figure of outcome.figures) {
      figures.set(figure.name, worse(figures.get(figure.name) ?? figure, figure));
    }
    if (outcome.message !== undefined) failures.push({ seed, message: outcome.message });
  }
  return { figures: [...figures.values()], failures };
}

/** Whatever is thrown fails the test: also a broken invariant of what is tested. */
async function attempt(
  test: LabTest,
  run: Run,
  context: LabContext,
): Promise<{ readonly figures: readonly Figure[]; readonly message: string | undefined }> {
  try {
    const figures = await run(test, context);
    const beyond = figures.filter((figure) => !isWithinBounds(figure));
    return { figures, message: beyond.length === 0 ? undefined : beyond.map(formatFigure).join(', ') };
  } catch (error) {
    return { figures: [], message: describe(error) };
  }
}

export function describe(error: unknown): string {
  if (error instanceof LabFailure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Of a figure that has only a lower bound the smaller is the worse. */
function worse(one: Figure, other: Figure): Figure {
  if (!isWithinBounds(one)) return one;
  if (!isWithinBounds(other)) return other;
  const isLowerBounded = one.atLeast !== undefined && one.atMost === undefined;
  return other.measured > one.measured === isLowerBounded ? one : other;
}
