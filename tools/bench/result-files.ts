/** What is kept of runs: JSON, from which a report and a chart are made. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { drawChart } from './chart.ts';
import { formatReport } from './report.ts';
import type { Results } from './results.ts';

/** Of the JSON; it rises when older files can no longer be read. */
const FORMAT = 1;

export class ResultFiles {
  readonly #name: string;
  #results: Results;

  /** `name` is a path without the endings of the files. */
  constructor(name: string) {
    this.#name = name;
    this.#results = readResults(`${name}.json`);
  }

  get results(): Results {
    return this.#results;
  }

  get report(): string {
    return `${this.#name}.md`;
  }

  /** In place of the same parts of an earlier run; the others stay. */
  add(parts: Results): void {
    this.#results = { ...this.#results, ...parts };
    mkdirSync(dirname(this.#name), { recursive: true });
    const json = JSON.stringify({ format: FORMAT, ...this.#results }, null, 1);
    writeFileSync(`${this.#name}.json`, `${json}\n`);
    writeFileSync(this.report, formatReport(this.#results));
    const { comparison } = this.#results;
    const chart = comparison && drawChart(comparison);
    if (chart !== undefined) writeFileSync(`${this.#name}.svg`, chart);
  }
}

/** Nothing if there is no such file, or a program of another version wrote it. */
function readResults(file: string): Results {
  if (!existsSync(file)) return {};
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Results & { readonly format: number };
  const { format, ...results } = kept;
  return format === FORMAT ? results : {};
}
