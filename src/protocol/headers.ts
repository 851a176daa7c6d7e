/** The headers of our own. Names are lower case, as `Headers` gives them back. */
export const HEADERS = {
  /** On a write: who sends it, and the how-manieth write of this client it is. Both or neither. */
  client: 'flotilla-client',
  sequence: 'flotilla-sequence',
  /**
   * On the answer to an append: was there a value before (`absent` | `present`)? `not-kept`: this is a resend of a call
   * that was executed, and whose answer held the value before, or there was no room for it; only version and length
   * are told.
   */
  previous: 'flotilla-previous',
  /** On the answer to an append: bytes of the value that it has made. */
  length: 'flotilla-length',
  /** On the answer to a delete: was there a value (`true` | `false`)? */
  existed: 'flotilla-existed',
  /** On a request: what its sender has seen. On an answer: that, and what the answer reflects (position.ts). */
  position: 'flotilla-position',
  /** On the answer to a read: the consistency it was made with. */
  consistency: 'flotilla-consistency',
  /** On the answer to a stale read: for how long, at most, newer writes may have been missed. */
  ageMs: 'flotilla-age-ms',
} as const;
