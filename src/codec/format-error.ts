/**
 * Bytes that this code cannot read: of another version, cut short, or made up. Nobody guesses what they mean, and
 * nothing of them is used. The only error that a decoder throws.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}
