/** The replicas of store groups and of the controller as they are deployed: (path, bytes) in, bytes out, over ports. */

export { DEFAULT_RESTS, type MigrationSettings } from './migration-host.ts';
export {
  type ControllerParts,
  type Migration,
  type Opened,
  openController,
  openStore,
  type ServedParts,
  type StoreParts,
} from './open.ts';
export { type Disposal, refusingServer } from './refusing-server.ts';
export type { Halt, Respond, Server } from './replica-server.ts';
export { type SoloParts, SoloService } from './solo-service.ts';
export { mergeTraces, TraceRing } from './trace-ring.ts';
export type { Wait } from './waits.ts';
