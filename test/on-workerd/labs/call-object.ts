export interface ObjectAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** The stub is a fresh one, made by whoever calls: a broken one stays broken, and none serves another's request. */
export async function callObject(
  namespace: DurableObjectNamespace,
  name: string,
  path: string,
  body: Uint8Array = new Uint8Array(0),
): Promise<ObjectAnswer> {
  const stub = namespace.get(namespace.idFromName(name), { retry: { maxRetries: 0 } });
  const response = await stub.fetch(`https://object${path}`, { method: 'POST', body });
  return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
}

export function parseAnswer<Answer>({ body }: ObjectAnswer): Answer {
  return JSON.parse(new TextDecoder().decode(body));
}
