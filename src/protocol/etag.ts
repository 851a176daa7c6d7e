/** A version on the wire: a strong entity tag whose content is the version in decimal (RFC 9110 §8.8.3). */
export function formatEtag(version: number): string {
  return `"${version}"`;
}

/** The version in an `ETag` that `formatEtag` made; undefined for anything else. */
export function parseEtag(etag: string): number | undefined {
  const digits = /^"(0|[1-9]\d*)"$/.exec(etag)?.[1];
  if (digits === undefined) return undefined;
  const version = Number(digits);
  return Number.isSafeInteger(version) ? version : undefined;
}
