import { describe, expect, test } from 'vitest';
import { ControllerClient, GroupCaller } from '../../../src/client/index.ts';
import {
  CHANGE_COMMAND,
  CHANGE_RESULT,
  CONFIGURATION_QUERY,
  ControllerStateMachine,
  DEFAULT_CONTROLLER_SETTINGS,
} from '../../../src/controller/index.ts';
import { REPLICA_PATHS } from '../../../src/replica/index.ts';
import { asGroupId, asShardId, CONFIGURATION, type GroupId } from '../../../src/shard/index.ts';
import { MemoryTable } from '../../../tools/memory-storage/index.ts';
import {
  BROKEN,
  done,
  GIBBERISH,
  OVERLOADED,
  type Said,
  type Script,
  ScriptedPort,
  SILENT,
} from './support/scripted-port.ts';

const TIMEOUT_MS = 1000;
const FIRST_GROUPS = new Map([1, 2].map((id) => [asGroupId(id), { replicas: [`group-${id}/1`] }]));
const JOIN = { type: 'join', groups: new Map([[asGroupId(3), { replicas: ['group-3/1'] }]]) } as const;
const MOVE = { type: 'move', shard: asShardId(0), group: asGroupId(2) } as const;

/** The controller of a new cluster: its state machine, and no log. */
function newController() {
  const table = new MemoryTable();
  const machine = new ControllerStateMachine({ ...DEFAULT_CONTROLLER_SETTINGS, shardCount: 4 });
  const answer: Script = ({ path, body }) =>
    path === REPLICA_PATHS.command
      ? done(CHANGE_RESULT.encode(machine.apply(table, body)))
      : done(CONFIGURATION.encode(machine.query(table, CONFIGURATION_QUERY.decode(body))));
  return { answer, latest: () => machine.query(table, { number: undefined }) };
}

function clientsOver(script: Script, name = 'client') {
  const port = new ScriptedPort(script);
  let clients = 0;
  const newClient = () => {
    clients += 1;
    return `${name}-${clients}`;
  };
  const make = () =>
    new ControllerClient({
      group: new GroupCaller(['controller/1', 'controller/2'], port),
      firstGroups: FIRST_GROUPS,
      newClient,
    });
  const changes = () =>
    port.asked
      .filter(({ path }) => path === REPLICA_PATHS.command)
      .map(({ body }) => CHANGE_COMMAND.decode(body));
  return { port, client: make(), another: make, changes };
}

/** The first answers are these, instead of the controller's, which takes every request all the same. */
function afterFailures(answer: Script, ...failures: readonly (Said | undefined)[]): Script {
  let asked = 0;
  return (attempt) => {
    const failure = failures[asked];
    asked += 1;
    const said = answer(attempt);
    return failure ?? said;
  };
}

describe('the latest configuration', () => {
  test('of a new cluster is the one that its first groups make', () => {
    const { port, client } = clientsOver(newController().answer);
    const latest = port.run(client.latest(TIMEOUT_MS));
    expect(latest?.number).toBe(1);
    expect(latest?.groups).toEqual(FIRST_GROUPS);
  });

  test('is formed once, by whoever comes first', () => {
    const controller = newController();
    const { port, client, another, changes } = clientsOver(controller.answer);
    const calls = [client, another(), another()].map((each) => each.latest(TIMEOUT_MS));
    const latest = port.runAll(calls);
    expect(latest.map((configuration) => configuration?.number)).toEqual([1, 1, 1]);
    expect(changes()).toHaveLength(3);
    expect(controller.latest().number).toBe(1);
    port.run(another().latest(TIMEOUT_MS));
    expect(changes()).toHaveLength(3);
  });

  test('is formed once, also when nobody hears that it was', () => {
    const controller = newController();
    const { port, client } = clientsOver(afterFailures(controller.answer, undefined, BROKEN, BROKEN));
    expect(port.run(client.latest(TIMEOUT_MS))?.number).toBe(1);
    expect(controller.latest().number).toBe(1);
  });

  test('is not formed anew by a client that is late: its first groups may have left since', () => {
    const controller = newController();
    const unformed = CONFIGURATION.encode(controller.latest());
    const { port, client } = clientsOver(controller.answer);
    port.run(client.latest(TIMEOUT_MS));
    port.run(client.change(JOIN, TIMEOUT_MS));
    port.run(client.change({ type: 'leave', groups: [...FIRST_GROUPS.keys()] }, TIMEOUT_MS));
    const late = clientsOver(afterFailures(controller.answer, done(unformed)), 'late');
    expect(late.port.run(late.client.latest(TIMEOUT_MS))).toMatchObject({ number: 3, groups: JOIN.groups });
    expect(late.changes().map(({ change }) => change.type)).toEqual(['form']);
    expect(controller.latest().number).toBe(3);
  });

  test('is asked for again while the controller has too much to do, for as long as there is time', () => {
    const controller = newController();
    const { port, client } = clientsOver(
      afterFailures(controller.answer, OVERLOADED, OVERLOADED, OVERLOADED),
    );
    expect(port.run(client.configuration(undefined, TIMEOUT_MS))?.number).toBe(0);
    expect(port.asked).toHaveLength(4);
    const never = clientsOver(() => OVERLOADED);
    expect(never.port.run(never.client.configuration(undefined, TIMEOUT_MS))).toBeUndefined();
    expect(never.port.nowMs()).toBe(TIMEOUT_MS);
    expect(never.port.asked.length).toBeLessThan(20);
  });

  test('is unknown when the controller does not answer', () => {
    const { port, client } = clientsOver(() => SILENT);
    expect(port.run(client.latest(70))).toBeUndefined();
    expect(port.nowMs()).toBe(70);
  });

  test('takes no longer than it may, also of a cluster that is being formed', () => {
    const { answer } = newController();
    const { port, client } = clientsOver(afterFailures(answer, BROKEN, undefined, SILENT, SILENT));
    expect(port.run(client.latest(70))).toBeUndefined();
    expect(port.nowMs()).toBe(70);
  });
});

describe('a configuration', () => {
  test('is asked for by its number; the latest stands for one that there is not', () => {
    const { port, client } = clientsOver(newController().answer);
    port.run(client.latest(TIMEOUT_MS));
    const numbers = [0, 1, 9, undefined].map(
      (number) => port.run(client.configuration(number, TIMEOUT_MS))?.number,
    );
    expect(numbers).toEqual([0, 1, 1, 1]);
  });

  test('that nobody can read is none', () => {
    const { port, client } = clientsOver(() => done(GIBBERISH));
    expect(port.run(client.configuration(1, TIMEOUT_MS))).toBeUndefined();
  });
});

describe('a change', () => {
  test('that is resent is executed once', () => {
    const { port, client, changes } = clientsOver(
      afterFailures(newController().answer, undefined, undefined, BROKEN, BROKEN),
    );
    port.run(client.latest(TIMEOUT_MS));
    expect(port.run(client.change(JOIN, TIMEOUT_MS))).toMatchObject({
      type: 'configured',
      configuration: { number: 2 },
    });
    const resent = changes().slice(1);
    expect(resent).toHaveLength(3);
    expect(resent).toEqual(resent.map(() => resent[0]));
  });

  test('is a client of its own, so that two changes do not stand in each other’s way', () => {
    const { port, client, changes } = clientsOver(newController().answer);
    port.run(client.latest(TIMEOUT_MS));
    const results = port.runAll([client.change(JOIN, TIMEOUT_MS), client.change(MOVE, TIMEOUT_MS)]);
    expect(results.map((result) => result?.type)).toEqual(['configured', 'configured']);
    expect(new Set(changes().map((change) => change.client)).size).toBe(changes().length);
  });

  test('may be refused', () => {
    const { port, client } = clientsOver(newController().answer);
    port.run(client.latest(TIMEOUT_MS));
    port.run(client.change(JOIN, TIMEOUT_MS));
    expect(port.run(client.change(JOIN, TIMEOUT_MS))).toEqual({ type: 'refused', reason: 'group-exists' });
  });

  test.each<[string, Said]>([
    ['without an answer', SILENT],
    ['with an answer of another version', done(GIBBERISH)],
  ])('%s is unknown', (_, said) => {
    const { port, client } = clientsOver(() => said);
    expect(port.run(client.change(JOIN, 70))).toBeUndefined();
  });
});

describe('a shard of a lost group', () => {
  const [one, two, three] = [asGroupId(1), asGroupId(2), asGroupId(3)];
  const shard = asShardId(0);

  function movedShard(script: (answer: Script) => Script) {
    const { answer } = newController();
    const { client, port } = clientsOver(answer);
    port.run(client.latest(TIMEOUT_MS));
    port.run(client.change(JOIN, TIMEOUT_MS));
    const groups = [two, three, one];
    for (const group of groups) port.run(client.change({ type: 'move', shard, group }, TIMEOUT_MS));
    const before = port.run(client.latest(TIMEOUT_MS))?.number ?? 0;
    const { client: searcher, port: way } = clientsOver(script(answer), 'searcher');
    const originBefore = (number: number, ...lost: readonly GroupId[]) =>
      way.run(searcher.origin(shard, number, new Set(lost), TIMEOUT_MS));
    const origin = (...lost: readonly GroupId[]) => originBefore(before, ...lost);
    const asked = () => way.asked.map(({ body }) => CONFIGURATION_QUERY.decode(body).number);
    return { before, origin, originBefore, asked };
  }

  test('came from the last owner that is not lost, be it the one just before', () => {
    const { before, origin } = movedShard((answer) => answer);
    expect(origin(two)).toMatchObject({ from: { group: three }, move: before });
    expect(origin(three)).toMatchObject({ from: { group: two }, move: before - 1 });
  });

  test('is looked for where the search was left, however seldom the controller answers in time', () => {
    let questions = 0;
    const { before, origin, asked } = movedShard((answer) => (attempt) => {
      questions += 1;
      return questions % 2 === 1 ? answer(attempt) : SILENT;
    });
    expect(origin(two, three)).toBeUndefined();
    expect(origin(two, three)).toBeUndefined();
    expect(origin(two, three)).toMatchObject({ from: { group: one }, move: before - 2 });
    expect(asked()).toEqual([4, 3, 3, 2, 2].map((number) => before - 5 + number));
  });

  test('is looked for anew from where another search begins', () => {
    const { before, originBefore } = movedShard((answer) => afterFailures(answer, undefined, SILENT));
    expect(originBefore(before, two, three)).toBeUndefined();
    expect(originBefore(before - 1, three)).toMatchObject({ from: { group: two }, move: before - 1 });
    expect(originBefore(before, two)).toMatchObject({ from: { group: three }, move: before });
  });
});
