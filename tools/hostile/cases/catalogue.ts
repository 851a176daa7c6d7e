import type { Section } from '../hostile-case.ts';
import { BATCHES } from './batch.ts';
import { FRAMING } from './framing.ts';
import { HEADERS_OF_ALL_KINDS } from './headers.ts';
import { INTERNAL } from './internal.ts';
import { JSON_BODIES } from './json.ts';
import { KEYS } from './keys.ts';
import { MAPREDUCE } from './mapreduce.ts';
import { METHODS_OF_ALL_KINDS } from './methods.ts';
import { PARAMETERS_OF_ALL_KINDS } from './parameters.ts';
import { REQUEST_LINES } from './request-lines.ts';
import { SESSIONS } from './sessions.ts';

export const CATALOGUE: readonly Section[] = [
  REQUEST_LINES,
  HEADERS_OF_ALL_KINDS,
  FRAMING,
  KEYS,
  METHODS_OF_ALL_KINDS,
  PARAMETERS_OF_ALL_KINDS,
  SESSIONS,
  JSON_BODIES,
  BATCHES,
  MAPREDUCE,
  INTERNAL,
];
