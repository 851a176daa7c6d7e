/** What the controller's group is asked: for a change, and for a configuration. */

import {
  CHANGE_COMMAND,
  CHANGE_RESULT,
  type ChangeResult,
  CONFIGURATION_QUERY,
  type ConfigurationQuery,
} from '../controller/index.ts';
import { REPLICA_ANSWER, REPLICA_PATHS, type Replica, withResult } from '../replica/index.ts';
import { CONFIGURATION, type Configuration } from '../shard/index.ts';
import { refuseUnreadable, responding, type Server } from './replica-server.ts';

export function controllerService(replica: Replica<ChangeResult, ConfigurationQuery, Configuration>): Server {
  return {
    handle(path, body, respond) {
      switch (path) {
        case REPLICA_PATHS.command:
          // Read whole before it is proposed: what is in the log must be readable.
          if (CHANGE_COMMAND.tryDecode(body) === undefined) return respond(refuseUnreadable(replica.id));
          replica.wake();
          return replica.propose(
            body,
            responding(respond, (answer) =>
              REPLICA_ANSWER.encode(withResult(answer, (result) => CHANGE_RESULT.encode(result))),
            ),
          );
        case REPLICA_PATHS.query: {
          const query = CONFIGURATION_QUERY.tryDecode(body);
          if (query === undefined) return respond(undefined);
          replica.wake();
          return replica.query(
            query,
            responding(respond, (answer) =>
              REPLICA_ANSWER.encode(withResult(answer, (result) => CONFIGURATION.encode(result))),
            ),
          );
        }
        default:
          return respond(undefined);
      }
    },
  };
}
