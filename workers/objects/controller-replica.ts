import {
  type ChangeResult,
  type ConfigurationQuery,
  type ControllerSettings,
  ControllerStateMachine,
  DEFAULT_CONTROLLER_SETTINGS,
} from '../../src/controller/index.ts';
import type { Configuration } from '../../src/shard/index.ts';
import { type Opened, openController } from '../../src/store/index.ts';
import type { ReplicaName } from './replica-name.ts';
import { type ObjectParts, ReplicaObject } from './replica-object.ts';

/** One replica of the shard controller's group. */
export class ControllerReplica extends ReplicaObject<ChangeResult, ConfigurationQuery, Configuration> {
  protected override open(
    _name: ReplicaName,
    parts: ObjectParts,
  ): Opened<ChangeResult, ConfigurationQuery, Configuration> {
    // It goes on as its cluster was made, and so tells everybody what that was.
    const shardCount = parts.shardCountAtFirst ?? this.env.SHARDS;
    return openController({ ...parts, stateMachine: new ControllerStateMachine(this.settings(shardCount)) });
  }

  protected settings(shardCount: number): ControllerSettings {
    return { ...DEFAULT_CONTROLLER_SETTINGS, shardCount };
  }
}
