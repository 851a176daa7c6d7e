import { createApp } from './app.ts';
import { chooseBackends } from './deployment.ts';

export { ControllerReplica } from './objects/controller-replica.ts';
export { KvServer } from './objects/kv-server.ts';
export { StoreReplica } from './objects/store-replica.ts';
export default createApp(chooseBackends);
