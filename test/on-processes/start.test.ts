/** `npm start`, as its user would run it. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { PATHS } from '../../src/protocol/index.ts';
import { ROOT } from './support/commands.ts';

const PATIENCE = { timeout: 60_000, interval: 50 };

const folder = mkdtempSync(join(tmpdir(), 'flotilla-start-'));
const servers: Server[] = [];
afterEach(() => {
  for (const { running } of servers.splice(0)) running.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Server {
  readonly running: ChildProcess;
  readonly ended: Promise<unknown>;
  output: string;
  problems: string;
}

function start(state: string, ...parameters: readonly string[]): Server {
  const running = spawn(process.execPath, ['scripts/start.ts', '--state', state, ...parameters], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const server: Server = { running, ended: once(running, 'exit'), output: '', problems: '' };
  running.stdout.on('data', (chunk) => {
    server.output += chunk;
  });
  running.stderr.on('data', (chunk) => {
    server.problems += chunk;
  });
  servers.push(server);
  return server;
}

async function listening(server: Server): Promise<string> {
  await expect.poll(() => server.output || server.problems, PATIENCE).toContain('listens on');
  return /http:\S+\d/.exec(server.output)?.[0] ?? '';
}

/** What ended at once, with all that it said. */
async function refused(server: Server) {
  await server.ended;
  return { code: server.running.exitCode, output: server.output, problems: server.problems };
}

function workerdsOf({ running }: Server): readonly string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n');
  const found = lines.map((line) => line.trim().split(/\s+/));
  return found.flatMap(([pid = '', parent, name]) =>
    name === 'workerd' && parent === String(running.pid) ? [pid] : [],
  );
}

function runs(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

function put(url: string, key: string, value: string): Promise<number> {
  return fetch(`${url}${PATHS.kv}/${key}`, { method: 'PUT', body: value }).then(({ status }) => status);
}

function get(url: string, key: string): Promise<string> {
  return fetch(`${url}${PATHS.kv}/${key}`).then((response) => response.text());
}

async function listenAnywhere(): Promise<readonly [NetServer, string]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return [server, typeof address === 'object' ? String(address?.port) : ''];
}

async function freePort(): Promise<string> {
  const [server, port] = await listenAnywhere();
  server.close();
  return port;
}

test('it says where it listens and no more, ends well on each signal, and keeps what was stored', async () => {
  const state = join(folder, 'kept');
  mkdirSync(join(state, 'v3'), { recursive: true });
  writeFileSync(join(state, 'v3', 'of-another'), '');
  for (const [at, signal] of (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).entries()) {
    const server = start(state, '--port', '0');
    const url = await listening(server);
    expect(await put(url, `key-${at}`, `value-${at}`)).toBe(204);
    for (let before = 0; before <= at; before += 1)
      expect(await get(url, `key-${before}`)).toBe(`value-${before}`);
    const [workerd = ''] = workerdsOf(server);
    expect(runs(workerd)).toBe(true);
    server.running.kill(signal);
    const { code, output, problems } = await refused(server);
    expect([code, output.trimEnd().split('\n').length, problems]).toEqual([0, 1, '']);
    await expect.poll(() => runs(workerd), PATIENCE).toBe(false);
  }
  expect(existsSync(join(state, 'v3', 'of-another'))).toBe(true);
});

test('a state folder has one server: the next one is refused until the first is gone, in whatever way', async () => {
  const state = join(folder, 'locked');
  const first = start(state, '--port', '0');
  const url = await listening(first);
  expect(await put(url, 'key', 'value')).toBe(204);

  expect(await refused(start(state, '--port', '0'))).toEqual({
    code: 1,
    output: '',
    problems: `start: ${state} is in use by PID ${first.running.pid}\n`,
  });

  const [workerd = ''] = workerdsOf(first);
  first.running.kill('SIGKILL');
  await expect.poll(() => runs(workerd), PATIENCE).toBe(false);
  const second = start(state, '--port', '0');
  expect(await get(await listening(second), 'key')).toBe('value');
});

test('a port that is in use is one line', async () => {
  const [other, port] = await listenAnywhere();
  const problems = `start: port ${port} of 127.0.0.1 is in use\n`;
  expect(await refused(start(join(folder, 'port'), '--port', port))).toEqual({
    code: 1,
    output: '',
    problems,
  });
  other.close();
});

test('it ends with the npm that started it, even if that one is killed', async () => {
  const npm = spawn('npm', ['start', '--', '--port', '0', '--state', join(folder, 'npm')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  npm.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await expect.poll(() => output, PATIENCE).toContain('listens on');
  const url = /http:\S+\d/.exec(output)?.[0] ?? '';
  expect(await put(url, 'key', 'value')).toBe(204);
  npm.kill('SIGKILL');
  await expect.poll(() => put(url, 'key', 'value').catch(() => 'gone'), PATIENCE).toBe('gone');
});

test('`npm run dev` serves the same by wrangler', async () => {
  const port = await freePort();
  const parameters = ['run', 'dev', '--', '--port', port, '--persist-to', join(folder, 'dev')];
  const dev = spawn('npm', parameters, { cwd: ROOT, stdio: 'ignore', detached: true });
  try {
    const url = `http://127.0.0.1:${port}`;
    await expect.poll(() => put(url, 'key', 'value').catch(() => 'not yet'), PATIENCE).toBe(204);
    expect(await get(url, 'key')).toBe('value');
  } finally {
    if (dev.pid !== undefined) process.kill(-dev.pid, 'SIGTERM');
    await once(dev, 'exit');
  }
});

test('with --verbose there is a line for each request', async () => {
  const server = start(join(folder, 'verbose'), '--port', '0', '--verbose');
  expect(await put(await listening(server), 'told', 'value')).toBe(204);
  await expect.poll(() => server.output, PATIENCE).toMatch(/PUT \/v1\/kv\/told 204/);
});

test.each([
  [['--port', 'soon'], "error: option '--port <number>' argument 'soon' is invalid."],
  [['--nonsense'], "error: unknown option '--nonsense'"],
  [['--state', '/dev/null/no'], 'start: /dev/null/no/store: not a directory'],
])('what is misused is told in one line: %j', async (parameters, line) => {
  const { code, problems } = await refused(start(join(folder, 'misused'), ...parameters));
  expect(code).toBe(2);
  expect(problems).toContain(line);
  expect(problems.trimEnd().split('\n')).toHaveLength(1);
});
