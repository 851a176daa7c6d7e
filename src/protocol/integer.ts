/** A decimal number in one spelling only: no sign, no leading zero, no space, no exponent. */
const PLAIN_DECIMAL = /^(?:0|[1-9]\d{0,15})$/;

/**
 * The number that a path, a query or a header says, or undefined if the text is no integer from `min` to `max`. There
 * is no other reader of such numbers: `Number` takes ' ', '0x1' and '1e0', and `parseInt` takes '1x'.
 */
export function parseInteger(text: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
  if (!PLAIN_DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= Math.min(max, Number.MAX_SAFE_INTEGER) ? value : undefined;
}
