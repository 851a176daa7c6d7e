/**
 * Where things stand in the picture of a history. The axis is one of order, not of length: each call and each return
 * has a column of its own, so that a microsecond can be read as well as a minute.
 */

import { EventList } from './event-list.ts';
import type { Operation } from './history.ts';

export interface Layout {
  readonly width: number;
  readonly lanes: readonly Lane[];
  readonly bars: readonly Bar[];
  /** The points at which operations took effect, in that order; they run from left to right. */
  readonly points: readonly Point[];
  /** How many operations there was no room for. */
  readonly hiddenCount: number;
}

/** A row. A client that had several operations in flight at once has several. */
export interface Lane {
  readonly client: number;
}

export interface Bar {
  /** Index in the history. */
  readonly operation: number;
  readonly lane: number;
  readonly left: number;
  readonly width: number;
}

export interface Point {
  readonly operation: number;
  /** From 1. */
  readonly position: number;
  readonly lane: number;
  readonly left: number;
}

/** More than this is no picture any more: the operations nearest to the one that does not fit are drawn. */
const OPERATIONS_MAX = 1000;
const COLUMN_WIDTH = 30;
const POINT_WIDTH = 24;

interface Span {
  readonly operation: number;
  readonly client: number;
  readonly from: number;
  readonly to: number;
}

export function layOut(
  history: readonly Operation<unknown, unknown>[],
  order: readonly number[],
  focus: number | undefined,
): Layout {
  const chosen = nearest(history, focus ?? order.at(-1) ?? 0);
  const spans = spansOf(history, chosen);
  const placed = placePoints(spans, order);
  const edges = columnEdges(2 * chosen.length + 1, placed);
  const { lanes, laneOf } = assignLanes(spans);
  const edge = (column: number): number => edges[column] ?? 0;
  const lane = (operation: number): number => laneOf.get(operation) ?? 0;
  return {
    width: edges.at(-1) ?? 0,
    lanes,
    bars: spans.map(({ operation, from, to }) => ({
      operation,
      lane: lane(operation),
      left: edge(from),
      width: edge(to) - edge(from),
    })),
    points: placed.map(({ operation, position, column, rank }) => ({
      operation,
      position,
      lane: lane(operation),
      left: edge(column) + (rank + 0.5) * POINT_WIDTH,
    })),
    hiddenCount: history.length - chosen.length,
  };
}

/** The operations to draw, in the order of the history. */
function nearest(history: readonly Operation<unknown, unknown>[], focus: number): readonly number[] {
  const all = [...history.keys()];
  if (all.length <= OPERATIONS_MAX) return all;
  const middle = history[focus]?.return ?? history[focus]?.call ?? 0;
  const distance = (index: number): number => Math.abs((history[index]?.call ?? 0) - middle);
  return all
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, OPERATIONS_MAX)
    .sort((a, b) => a - b);
}

/** The columns of each operation, in the order of their calls. A pending one reaches to the right edge. */
function spansOf(
  history: readonly Operation<unknown, unknown>[],
  chosen: readonly number[],
): readonly Span[] {
  const drawn = chosen.flatMap((operation) => {
    const found = history[operation];
    return found === undefined ? [] : [{ operation, client: found.client, interval: found }];
  });
  const events = new EventList(drawn.map(({ interval }) => interval));
  return drawn
    .map(({ operation, client }, number) => {
      const { call, return: returned } = events.columns(number);
      return { operation, client, from: call, to: returned ?? 2 * drawn.length };
    })
    .sort((a, b) => a.from - b.from);
}

interface PlacedPoint {
  readonly operation: number;
  readonly position: number;
  readonly column: number;
  /** Its place among the points of one column. */
  readonly rank: number;
}

/** Each takes effect as early as its call and those before it allow; a valid order never passes its return. */
function placePoints(spans: readonly Span[], order: readonly number[]): readonly PlacedPoint[] {
  const callColumn = new Map(spans.map(({ operation, from }) => [operation, from]));
  const points: PlacedPoint[] = [];
  for (const [index, operation] of order.entries()) {
    const call = callColumn.get(operation);
    if (call === undefined) continue;
    const last = points.at(-1);
    const shared = last !== undefined && last.column >= call;
    const place = shared ? { column: last.column, rank: last.rank + 1 } : { column: call, rank: 0 };
    points.push({ operation, position: index + 1, ...place });
  }
  return points;
}

/** The left edge of each column, and the right edge of the last: a column is as wide as its points need. */
function columnEdges(columns: number, points: readonly PlacedPoint[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const { column, rank } of points) counts.set(column, rank + 1);
  const edges = [0];
  for (let column = 0; column < columns; column += 1) {
    const width = Math.max(COLUMN_WIDTH, (counts.get(column) ?? 0) * POINT_WIDTH);
    edges.push((edges.at(-1) ?? 0) + width);
  }
  return edges;
}

function assignLanes(spans: readonly Span[]): {
  readonly lanes: readonly Lane[];
  readonly laneOf: ReadonlyMap<number, number>;
} {
  const lanes: Lane[] = [];
  const laneOf = new Map<number, number>();
  const byClient = [...Map.groupBy(spans, ({ client }) => client)].sort(([a], [b]) => a - b);
  for (const [client, own] of byClient) {
    const first = lanes.length;
    const busyUntil: number[] = [];
    for (const { operation, from, to } of own) {
      const free = busyUntil.findIndex((end) => end < from);
      const row = free === -1 ? busyUntil.length : free;
      busyUntil[row] = to;
      laneOf.set(operation, first + row);
    }
    for (const _ of busyUntil) lanes.push({ client });
  }
  return { lanes, laneOf };
}
