import {
  type Figure,
  formatFigure,
  isWithinBounds,
  type LabContext,
  LabFailure,
  type LabHost,
  type LabTest,
} from './lab-test.ts';

export interface LabReport {
  /** Of all seeds, the figure that is nearest to its bound or furthest beyond it. */
  readonly figures: readonly Figure[];
  readonly failures: readonly { readonly seed: number; readonly message: string }[];
}

/** Runs a test with each seed. A host that the test has no runner for is the caller's mistake. */
export async function runLabTest(test: LabTest, host: LabHost, seeds: readonly number[]): Promise<LabReport> {
  const figures = new Map<string, Figure>();
  const failures: { seed: number; message: string }[] = [];
  for (const seed of seeds) {
    const outcome = await attempt(test, host, { seed });
    for (const figure of outcome.figures) {
      figures.set(figure.name, worse(figures.get(figure.name) ?? figure, figure));
    }
    if (outcome.message !== undefined) failures.push({ seed, message: outcome.message });
  }
  return { figures: [...figures.values()], failures };
}

/** Whatever is thrown fails the test: also a broken invariant of what is tested. */
async function attempt(
  { name, runners }: LabTest,
  host: LabHost,
  context: LabContext,
): Promise<{ readonly figures: readonly Figure[]; readonly message: string | undefined }> {
  const run = runners[host];
  if (run === undefined) throw new RangeError(`${name} does not run on ${host}`);
  try {
    const figures = await run(context);
    const beyond = figures.filter((figure) => !isWithinBounds(figure));
    return { figures, message: beyond.length === 0 ? undefined : beyond.map(formatFigure).join(', ') };
  } catch (error) {
    return { figures: [], message: describe(error) };
  }
}

function describe(error: unknown): string {
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
