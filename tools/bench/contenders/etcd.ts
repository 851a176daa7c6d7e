/**
 * etcd with three members, for those who have it in PATH. Requests go to the member that leads, through the JSON gateway
 * that etcd itself has, so that the load generator's own work is alike.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Guardian } from '../../harness/guardian.ts';
import type { Server } from './contender.ts';

const MEMBERS = 3;
const POLL_MS = 50;
const START_MS_MAX = 30_000;

export async function startEtcd(): Promise<Server | undefined> {
  const binary = findInPath('etcd');
  if (binary === undefined) return undefined;
  const ports = await freePorts(2 * MEMBERS);
  const members = Array.from({ length: MEMBERS }, (_, at) => ({
    name: `member-${at + 1}`,
    directory: mkdtempSync(join(tmpdir(), 'flotilla-etcd-')),
    clientUrl: `http://127.0.0.1:${ports[2 * at]}`,
    peerUrl: `http://127.0.0.1:${ports[2 * at + 1]}`,
  }));
  const cluster = members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
  const started = members.map(({ name, directory, clientUrl, peerUrl }) => {
    const running = spawn(
      binary,
      [
        ['--name', name, '--data-dir', directory],
        ['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
        ['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
        ['--initial-cluster', cluster, '--initial-cluster-state', 'new'],
        ['--logger', 'zap', '--log-level', 'error'],
      ].flat(),
      { stdio: 'ignore' },
    );
    const guardian = new Guardian(directory);
    guardian.watch(running);
    return { running, guardian };
  });
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(({ running }) => end(running)));
    for (const { directory } of members) rmSync(directory, { recursive: true, force: true });
    for (const { guardian } of started) guardian.release();
  };
  try {
    const url = await leaderOf(members.map(({ clientUrl }) => clientUrl));
    return { url, pids: started.flatMap(({ running: { pid } }) => pid ?? []), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(running: ChildProcess): Promise<void> {
  if (running.exitCode !== null || running.signalCode !== null) return;
  const ended = once(running, 'exit');
  running.kill('SIGTERM');
  await ended;
}

async function leaderOf(urls: readonly string[]): Promise<string> {
  const deadlineMs = performance.now() + START_MS_MAX;
  while (performance.now() < deadlineMs) {
    for (const url of urls) if (await leads(url)) return url;
    await pause(POLL_MS);
  }
  throw new Error(`etcd elected nobody within ${START_MS_MAX / 1000} s`);
}

async function leads(url: string): Promise<boolean> {
  const response = await fetch(`${url}/v3/maintenance/status`, { method: 'POST', body: '{}' }).catch(
    () => {},
  );
  if (response?.ok !== true) return false;
  const { header, leader } = (await response.json()) as {
    readonly header: { readonly member_id: string };
    readonly leader?: string;
  };
  return leader === header.member_id;
}

function findInPath(name: string): string | undefined {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** All are held at the same time, so that none is given twice. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports: number[] = [];
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  for (const server of servers) server.close();
  return ports;
}
