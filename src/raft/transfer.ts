/**
 * Leadership transfer (thesis §3.10): stop taking proposals, let the target catch up, tell it to campaign at once.
 * If nothing came of it within an election time-out, the leader goes on as before.
 */

import type { Node } from './node.ts';
import type { Leader } from './role.ts';
import { sendWhatIsMissing } from './sending.ts';
import { countedProgress } from './standing.ts';
import type { ReplicaId } from './types.ts';

/** A wish that cannot be met (not the leader, not a voter, oneself) is ignored; `status()` shows what became of it. */
export function startTransfer(node: Node, to: ReplicaId): void {
  const { role } = node;
  if (role.type !== 'leader' || to === node.id || !node.membership.isVoter(to)) return;
  const progress = countedProgress(node, role, to);
  if (progress === undefined || role.transfer !== undefined) return;
  role.transfer = { to, abandonAtMs: node.nowMs + node.options.electionTimeoutMs, told: false };
  sendWhatIsMissing(node, role, to, progress);
  maybeFinishTransfer(node, role);
}

export function maybeFinishTransfer(node: Node, leader: Leader): void {
  const { transfer } = leader;
  if (transfer === undefined || transfer.told) return;
  if (leader.progress.get(transfer.to)?.match !== node.log.lastIndex) return;
  transfer.told = true;
  node.send({ type: 'timeout-now', to: transfer.to });
}

export function maybeAbandonTransfer(node: Node, leader: Leader): void {
  if (leader.transfer !== undefined && node.nowMs >= leader.transfer.abandonAtMs) leader.transfer = undefined;
}
