import type { Command } from './command.ts';
import { commandFields } from './command-codec.ts';
import { encodeFields } from './fields.ts';

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * FNV-1a, 32 bits (RFC 9923), of all that a command consists of: finds a client that uses a sequence number for two
 * commands by mistake. It is no defence against a forger, who could only deceive itself.
 */
export function commandDigest(command: Command): number {
  let hash = OFFSET_BASIS;
  for (const byte of encodeFields(commandFields(command))) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}
