/** Where and when figures were measured: without it a figure says nothing. */

import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { arch, cpus, loadavg, platform, release, tmpdir, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { workerdBinary } from '../harness/worker-build.ts';

export interface Circumstances {
  /** When it began, in UTC. */
  readonly at: string;
  /** With "+changes" if files differed from it. */
  readonly commit: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  /** The file system with the disks of all servers. */
  readonly disk: string;
  readonly node: string;
  readonly workerd: string;
  /** How busy the machine was when it began: 0 is a machine that does nothing else. */
  readonly loadAverage: number;
  /** A run that only shows that everything works. */
  readonly isQuick: boolean;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function circumstances(isQuick: boolean): Circumstances {
  const processors = cpus();
  return {
    at: new Date().toISOString(),
    commit: commit(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    disk: fileSystem(tmpdir()),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    workerd: firstLine(workerdBinary(), '--version').replace(/^workerd /, ''),
    loadAverage: loadavg()[0] ?? 0,
    isQuick,
  };
}

/** Results of an earlier run are no change of what is measured. */
function commit(): string {
  const name = firstLine('git', 'rev-parse', '--short=12', 'HEAD');
  const changed = firstLine('git', 'status', '--porcelain', '--', '.', ':!bench/results');
  return changed === '' || changed === UNKNOWN ? name : `${name}+changes`;
}

const UNKNOWN = 'unknown';

function firstLine(command: string, ...parameters: readonly string[]): string {
  try {
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    const output = execFileSync(command, parameters, { cwd: ROOT, encoding: 'utf8', stdio: [...stdio] });
    return output.split('\n')[0] ?? '';
  } catch {
    return UNKNOWN;
  }
}

/** By the numbers that Linux has for them. On tmpfs, which is memory, all figures are those of the CPU alone. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlayfs',
};

function fileSystem(folder: string): string {
  const { type } = statfsSync(folder);
  return FILE_SYSTEMS[type] ?? `file system 0x${type.toString(16)}`;
}

export function describeMachine({ cpu, cores, memoryBytes, disk, system }: Circumstances): string {
  return `${cores} cores of ${cpu}, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, disks on ${disk}, ${system}`;
}
