import { type Application, collect } from '../application.ts';

/** The course's `nocrash`: what `crash` must come to, whatever happens on the way. */
export const noCrash: Application = {
  map(name, contents, emit) {
    emit('a', name);
    emit('b', String(name.length));
    emit('c', String(new TextEncoder().encode(contents).length));
    emit('d', 'xyzzy');
  },
  reduce: async (_key, values) => (await collect(values)).sort().join(' '),
};
