/** The element of a typed array. Outside its bounds is a bug of the caller, not a value. */
export function at(words: Int32Array | Uint32Array | Uint8Array, index: number): number {
  const word = words[index];
  if (word === undefined) throw new RangeError(`index ${index} is outside of ${words.length} words`);
  return word;
}
