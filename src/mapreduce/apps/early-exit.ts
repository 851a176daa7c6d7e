import { type Application, collect } from '../application.ts';

/** The course's `early_exit`: some keys take long, and no worker may be gone before they are done. */
export const earlyExit: Application = {
  map(name, _contents, emit) {
    emit(name, '1');
  },
  async reduce(name, values, context) {
    if (name.includes('sherlock') || name.includes('tom')) await context.sleep(3_000);
    return String((await collect(values)).length);
  },
};
