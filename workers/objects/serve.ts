import type { Server } from '../../src/store/index.ts';

/** What an object answers to those who ask its server: 204 when there is nothing to say. */
export async function serve(server: Server, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  // The body is read whatever comes of it: an object with an unread one cannot rest.
  const body = new Uint8Array(await request.arrayBuffer());
  return new Promise((resolve) => {
    server.handle(pathname, body, (answer) =>
      resolve(answer === undefined ? new Response(null, { status: 204 }) : new Response(answer)),
    );
  });
}
