/** Reads a history in any of the known formats, told apart by how the text begins. */

import { type HistoryFile, HistoryFormatError } from './history-file.ts';
import { isJepsen, readJepsen } from './jepsen.ts';
import { isJsonLines, readJsonLines } from './json-lines.ts';
import { isPorcupineKeyValue, readPorcupineKeyValue } from './porcupine-kv.ts';

/** `file` is the name that complaints give. An empty text is refused: a harness that recorded nothing proved nothing. */
export function readHistory(file: string, text: string): HistoryFile {
  const start = text.trimStart();
  if (isJsonLines(start)) return readJsonLines(file, text);
  if (isPorcupineKeyValue(start)) return readPorcupineKeyValue(file, text);
  if (isJepsen(start)) return readJepsen(file, text);
  throw new HistoryFormatError(
    file,
    1,
    start === '' ? 'there are no operations' : 'this is none of: JSON Lines, porcupine kv, jepsen log',
  );
}
