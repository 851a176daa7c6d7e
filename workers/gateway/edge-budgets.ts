/**
 * What one isolate of the Worker keeps for requests under way. It has 128 MB, and makes a copy or two of what it passes
 * on; many requests share it.
 */

import { ByteBudget } from '../../src/replica/index.ts';

export interface EdgeBudgets {
  /** Bodies, from their first byte until their request is answered. */
  readonly bodies: ByteBudget;
  /** Answers of replicas while they come, and values until their client has taken them. */
  readonly replies: ByteBudget;
}

export interface EdgeLimits {
  readonly bodyBytesMax: number;
  readonly replyBytesMax: number;
}

export const EDGE_LIMITS: EdgeLimits = { bodyBytesMax: 16 << 20, replyBytesMax: 16 << 20 };

/** Longer than a body has to arrive, and its request to be answered. */
const LEASE_MS_MAX = 60_000;

export function edgeBudgets({ bodyBytesMax, replyBytesMax }: EdgeLimits = EDGE_LIMITS): EdgeBudgets {
  const budget = (bytesMax: number) =>
    new ByteBudget({ bytesMax, leaseMsMax: LEASE_MS_MAX, nowMs: () => Date.now() });
  return { bodies: budget(bodyBytesMax), replies: budget(replyBytesMax) };
}
