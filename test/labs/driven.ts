import { type Call, type CallPort, carryOut } from '../../src/client/index.ts';
import { join, openThread, type Process } from './process.ts';

/** A call of a deployed client, for the threads of a test. */
export function* driven<Outcome>(call: Call<Outcome>, port: CallPort): Process<Outcome> {
  const { thread, end } = openThread<Outcome>();
  carryOut(call, port, end);
  return yield* join(thread);
}
