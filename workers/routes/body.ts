/**
 * The bytes of a request's body, or `too-large` as soon as that is known: by its Content-Length before a byte is
 * read, else while reading, holding no more than the limit and the chunk that exceeded it. Not `hono/body-limit`,
 * which believes a Content-Length and then does not count.
 */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array | 'too-large'> {
  if (Number(request.headers.get('content-length')) > bytesMax) return 'too-large';
  if (request.body === null) return new Uint8Array(0);

  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    bytes += read.value.length;
    if (bytes > bytesMax) {
      await reader.cancel();
      return 'too-large';
    }
    chunks.push(read.value);
  }
  return concatenate(chunks, bytes);
}

function concatenate(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
