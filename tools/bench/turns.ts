/**
 * Who is measured when. Contenders take turns within each workload: what else the machine does hits neighbours alike, and
 * a ratio within one round means more than either figure. Every other round goes backwards, so that nobody always
 * follows the same one.
 */

export interface Turn<Contender, Workload> {
  /** From 0 on. */
  readonly round: number;
  readonly contender: Contender;
  readonly workload: Workload;
}

export function takeTurns<Contender, Workload>(
  contenders: readonly Contender[],
  workloads: readonly Workload[],
  rounds: number,
): readonly Turn<Contender, Workload>[] {
  return Array.from({ length: rounds }, (_, round) => {
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    return workloads.flatMap((workload) => order.map((contender) => ({ round, contender, workload })));
  }).flat();
}
