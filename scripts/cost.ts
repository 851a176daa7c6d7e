/**
 * Counts what operations take, and writes docs/cost.md:
 *
 *     npm run cost
 */

import { writeFileSync } from 'node:fs';
import { costPage } from '../test/cost/page.ts';
import { newCommand } from '../tools/harness/command.ts';

newCommand('cost')
  .description('Counts what operations take in virtual time, and writes docs/cost.md.')
  .parse();
writeFileSync(new URL('../docs/cost.md', import.meta.url), costPage());
console.log('wrote docs/cost.md');
