/** A version on the wire: a strong entity tag whose content is the version in decimal (RFC 9110 §8.8.3). */
export function formatEtag(version: number): string {
  return `"${version}"`;
}
