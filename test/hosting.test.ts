import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'flotilla-hosting-'));
const processes = new Map<number, ChildProcess>();

afterAll(() => {
  for (const child of processes.values()) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The documentation is the program: what it shows is what runs here. */
function hostFromDocumentation(): string {
  const text = readFileSync(join(root, 'docs/hosting.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
  if (code === undefined) throw new Error('docs/hosting.md shows no host');
  return code;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** Asks one replica after the other until one answers, as a client does that knows nothing of leaders. */
async function ask(
  ports: readonly number[],
  path: string,
  init?: RequestInit,
): Promise<{ port: number; text: string }> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = ports[attempt % ports.length] ?? 0;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init).catch(() => undefined);
    const text = await response?.text();
    if (response?.status === 200 && text !== undefined) return { port, text };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody answered ${path}`);
}

test('the host in docs/hosting.md is under 100 lines, and its group survives the kill of its leader', async () => {
  const code = hostFromDocumentation();
  expect(code.split('\n').length).toBeLessThan(100);
  writeFileSync(join(folder, 'host.ts'), code);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'src'), join(folder, 'src'));
  const ports = await freePorts(3);
  const start = (id: number) => {
    const file = join(folder, 'host.ts');
    processes.set(id, spawn(process.execPath, [file, String(id), ...ports.map(String)], { cwd: folder }));
  };
  for (const id of [1, 2, 3]) start(id);

  const written = await ask(ports, '/hello', { method: 'PUT', body: 'world' });
  const leader = ports.indexOf(written.port) + 1;
  processes.get(leader)?.kill('SIGKILL');
  const others = ports.filter((port) => port !== written.port);
  expect((await ask(others, '/hello')).text).toBe('world');
  await ask(others, '/hello', { method: 'PUT', body: 'again' });

  // The killed one comes back on its disk, and the group may lose another.
  start(leader);
  const next = await ask(others, '/hello');
  processes.get(ports.indexOf(next.port) + 1)?.kill('SIGKILL');
  const left = ports.filter((port) => port !== next.port);
  expect((await ask(left, '/hello')).text).toBe('again');
});
