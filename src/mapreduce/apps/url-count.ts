import type { Application } from '../application.ts';
import { sumSome, sumValues } from './sum.ts';

const URL_IN_TEXT = /https?:\/\/[^\s"'<>()[\]]+/gu;

/** Count of URL access frequency (MapReduce §2.3), over web server logs or any other text. */
export const urlCount: Application = {
  map(_name, contents, emit) {
    for (const [url] of contents.matchAll(URL_IN_TEXT)) emit(url, '1');
  },
  reduce: sumValues,
  combine: sumSome,
};
