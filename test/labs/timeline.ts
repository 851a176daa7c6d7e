/** The time of a lab test, in integer milliseconds: virtual in the simulator (`Scheduler`), real on workerd (`RealTime`). */
export interface Timeline {
  /** Messages and disks take time of their own then. */
  readonly isReal?: true;
  readonly nowMs: number;
  after(delayMs: number, run: () => void): void;
  at(atMs: number, run: () => void): void;
}
