/** What a test of the course's is here: a name, a body for each kind of host, and figures beside their bounds. */

import type { ObjectPlatform } from './object-platform.ts';

export type Lab = '1' | '2' | '3A' | '3B' | '3C' | '3D' | '4A' | '4B' | '5A' | '5B';

/** A figure without bounds is only for information. */
export interface Figure {
  readonly name: string;
  readonly measured: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface LabContext {
  readonly seed: number;
}

export interface WorkerdContext extends LabContext {
  readonly objects: ObjectPlatform;
}

export interface LabRunners {
  readonly simulator?: (context: LabContext) => readonly Figure[];
  /** To be called within workerd. */
  readonly workerd?: (context: WorkerdContext) => Promise<readonly Figure[]>;
  /** To be called in Node: it starts a workerd of its own, and talks to it over HTTP. */
  readonly cluster?: (context: LabContext) => Promise<readonly Figure[]>;
}

export type LabHost = keyof LabRunners;

/** `name` is the course's. A runner throws `LabFailure` if the test fails, or returns a figure out of its bounds. */
export interface LabTest {
  readonly lab: Lab;
  readonly name: string;
  readonly runners: LabRunners;
  /** In real time: it measures how fast the machine is, or leaves others no room on it. */
  readonly runsAlone?: boolean;
}

export class LabFailure extends Error {
  override readonly name = 'LabFailure';
}

export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new LabFailure(message);
}

export function isWithinBounds({ measured, atLeast, atMost }: Figure): boolean {
  return (
    measured >= (atLeast ?? Number.NEGATIVE_INFINITY) && measured <= (atMost ?? Number.POSITIVE_INFINITY)
  );
}

export function formatFigure(figure: Figure): string {
  return `${figure.name} ${formatNumber(figure.measured)}${formatBounds(figure)}`;
}

function formatBounds({ atLeast, atMost }: Figure): string {
  if (atLeast === undefined && atMost === undefined) return '';
  if (atLeast === undefined) return ` (<= ${formatNumber(atMost ?? 0)})`;
  if (atMost === undefined) return ` (>= ${formatNumber(atLeast)})`;
  return atLeast === atMost
    ? ` (= ${formatNumber(atMost)})`
    : ` (${formatNumber(atLeast)} to ${formatNumber(atMost)})`;
}

function formatNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
