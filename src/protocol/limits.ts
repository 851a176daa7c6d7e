/** What one request may hold. Both ends know these numbers, so that a client can refuse before it sends. */
export const LIMITS = {
  /** UTF-8 bytes of a key, after percent-decoding. */
  keyBytesMax: 512,
  /** Bytes of a value, also of the value that an append makes. */
  valueBytesMax: 1_048_576,
  /** Bytes of a body that changes the cluster. */
  clusterBodyBytesMax: 65_536,
  /** Groups named in one change of the cluster: as many as a cluster can have. */
  groupsMax: 256,
  /** Operations of a batch in one body of JSON, and bytes of that body. */
  batchOperationsMax: 1_000,
  batchBodyBytesMax: 1_048_576,
  /** Bytes of a line of a stream of operations: the longest value has room in it, also where each byte of it is `\u00XX`. */
  batchLineBytesMax: 6_299_648,
  /** Operations of a batch or a stream that are under way, or whose results nobody has taken, and bytes of those lines. */
  batchWindowOperationsMax: 1_024,
  batchWindowBytesMax: 1_048_576,
  /** Bytes of results that nobody has taken; the one that is next to be taken may be longer. */
  batchResultBytesMax: 4_194_304,
  /** Writes of one batch or stream that are under way in one shard: each takes a session there. */
  batchShardWritesMax: 128,
  /** Milliseconds that a stream may stand still, be it that no line comes or that no result is taken. */
  streamIdleMsMax: 30_000,
  /** Milliseconds that a body may take to arrive, from when it is first read to its end. */
  bodyDeadlineMs: 30_000,
  /** Milliseconds that a body waits, unread, for others to be done with theirs. */
  roomWaitMsMax: 5_000,
  /** Shards that a position names; of others it leaves open what its holder has seen there. */
  positionShardsMax: 256,
  /** Characters of the positions that a request brings. */
  positionLengthMax: 16_384,
  /** UTF-16 units of a problem's detail, and how many mistakes of one body it names. */
  detailLengthMax: 500,
  issuesMax: 3,
} as const;
