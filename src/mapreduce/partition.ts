const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const WITHOUT_TOP_BIT = 0x7fffffff;

/** The lab's `ihash`: FNV-1a of 32 bits over the key's UTF-8 bytes, its top bit cleared. */
export function keyHash(key: Uint8Array): number {
  let hash = OFFSET_BASIS;
  for (const byte of key) hash = Math.imul(hash ^ byte, PRIME);
  return hash & WITHOUT_TOP_BIT;
}

/** Which reduce task a key belongs to. */
export function partitionOf(key: Uint8Array, reduceTasks: number): number {
  return keyHash(key) % reduceTasks;
}
