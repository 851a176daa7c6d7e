/**
 * What clients saw: each operation as an interval from its call to its return.
 *
 * H1  An interval is closed: operations that touch in one instant are concurrent. So a coarse clock can only hide
 *     an error, never invent one.
 * H2  An operation without a reply is pending: it may take effect at any time after its call, or never.
 * H3  An operation that certainly failed had no effect, and is not in the history at all.
 */
export interface Operation<Input, Output> {
  /** Who called; a row of the picture. The verdict depends on the intervals alone. */
  readonly client: number;
  /** Any unit, any origin, as long as one clock serves the whole history. */
  readonly call: number;
  /** Undefined if no reply came. */
  readonly return: number | undefined;
  readonly input: Input;
  /** Undefined if the result is not known; it is then taken to fit. */
  readonly output: Output | undefined;
}
