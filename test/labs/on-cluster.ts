import type { Run } from './run.ts';

/** A test that does not run there is the caller's mistake. */
export const onCluster: Run = async ({ name, runners }, context) => {
  if (runners.cluster === undefined) throw new RangeError(`${name} does not run on a cluster of its own`);
  return runners.cluster(context);
};
