/**
 * Whom the controller remembers, so that a request which is sent again is executed once. Clients are forgotten when there
 * are too many, those first that were silent for longest.
 *
 * controller.C1  Every command is answered once: sent again, it changes nothing and gets the answer it got.
 * controller.C3  A request of a client that is not remembered is executed only if none that came after its `after` was
 *                forgotten. If it had been executed before, that was after `after`, so it would be remembered.
 */
import { Codec, type Described, natural, text, tuple, union } from '../codec/index.ts';
import type { Table, TableReader } from '../storage/index.ts';
import { changeRefusal } from './commands.ts';

/** What is remembered of a client: its last request, a digest that finds a sequence number used for two, the answer. */
const remembered = tuple({
  sequence: natural,
  digest: natural,
  /** The how-manieth request it was that the controller remembered. */
  place: natural,
  answer: union({ configured: { number: natural }, refused: { reason: changeRefusal } }),
});
type Remembered = Described<typeof remembered>;

/** The place of the latest request, the place of the latest that was forgotten, and how many clients are remembered. */
const memory = tuple({ latest: natural, forgotten: natural, clients: natural });
type Memory = Described<typeof memory>;

export const CONTROLLER_SESSION: Codec<Remembered> = new Codec('a session of the controller', remembered, 3);
export const CONTROLLER_MEMORY: Codec<Memory> = new Codec('what the controller remembers', memory, 3);
/** Of a place: whose request has it. */
export const CONTROLLER_PLACE: Codec<{ readonly client: string }> = new Codec(
  'the client of a request',
  tuple({ client: text }),
  3,
);

const MEMORY_ROW = 'memory';
const PLACE_ROWS = { from: 'place/', to: 'place0' };
const ONE_ROW = { rowsMax: 1, bytesMax: 1 };

const sessionRow = (client: string): string => `session/${client}`;
const placeRow = (place: number): string => `place/${place.toString().padStart(16, '0')}`;

/** Whether this code can read a row about whom it remembers, if it is one. */
export function readsSessionRow(key: string, value: Uint8Array): boolean {
  if (key === MEMORY_ROW) return CONTROLLER_MEMORY.tryDecode(value) !== undefined;
  if (key.startsWith(PLACE_ROWS.from)) return CONTROLLER_PLACE.tryDecode(value) !== undefined;
  return !key.startsWith(sessionRow('')) || CONTROLLER_SESSION.tryDecode(value) !== undefined;
}

export function readMemory(table: TableReader): Memory {
  const row = table.get(MEMORY_ROW);
  return row === undefined ? { latest: 0, forgotten: 0, clients: 0 } : CONTROLLER_MEMORY.decode(row);
}

export function readSession(table: TableReader, client: string): Remembered | undefined {
  const row = table.get(sessionRow(client));
  return row && CONTROLLER_SESSION.decode(row);
}

export function remember(
  table: Table,
  client: string,
  request: Omit<Remembered, 'place'>,
  sessionsMax: number,
): void {
  const before = readSession(table, client);
  if (before !== undefined) table.delete(placeRow(before.place));
  const { latest, forgotten, clients } = readMemory(table);
  const place = latest + 1;
  table.put(sessionRow(client), CONTROLLER_SESSION.encode({ ...request, place }));
  table.put(placeRow(place), CONTROLLER_PLACE.encode({ client }));
  const isFull = before === undefined && clients >= sessionsMax;
  table.put(
    MEMORY_ROW,
    CONTROLLER_MEMORY.encode({
      latest: place,
      forgotten: isFull ? forgetOne(table) : forgotten,
      clients: before === undefined && !isFull ? clients + 1 : clients,
    }),
  );
}

/** The client that was silent for longest. Returns the place of its last request. */
function forgetOne(table: Table): number {
  const [oldest] = table.scan(PLACE_ROWS, ONE_ROW);
  if (oldest === undefined) return 0;
  table.delete(oldest.key);
  table.delete(sessionRow(CONTROLLER_PLACE.decode(oldest.value).client));
  return Number(oldest.key.slice(PLACE_ROWS.from.length));
}
