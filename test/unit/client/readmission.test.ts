import { describe, expect, test } from 'vitest';
import { type ReadmissionOrder, readmission } from '../../../src/client/index.ts';
import { asDiskId, asReplicaId } from '../../../src/raft/index.ts';
import { DISCARDING, OWN_STANDING, type OwnStanding, REPLICA_PATHS } from '../../../src/replica/index.ts';
import { done, type Said, ScriptedPort, SILENT } from './support/scripted-port.ts';

const TIMEOUT_MS = 10_000;
const PATIENCE_MS = 500;
const DISK = asDiskId('a finding');
const ids = (count: number) => Array.from({ length: count }, (_, at) => asReplicaId(at + 1));

interface Replicas {
  readonly [name: string]: OwnStanding['standing'] | typeof SILENT;
}

/** What each replica says of itself; whoever is told to discard its disk does. */
function group(replicas: Replicas, voters = ids(Object.keys(replicas).length)) {
  const says = (standing: OwnStanding['standing']): Uint8Array => {
    const isNamed = ['damaged', 'forgetful', 'member'].includes(standing);
    const knows = standing === 'member' || standing === 'forgetful';
    return OWN_STANDING.encode({
      standing,
      disk: isNamed ? DISK : undefined,
      voters: knows ? voters : [],
    });
  };
  const port = new ScriptedPort(({ replica, path }): Said => {
    const standing = replicas[replica.replace('group/', '')] ?? SILENT;
    if (standing === SILENT) return SILENT;
    if (path === REPLICA_PATHS.readmit) return done(new Uint8Array(0));
    return path === REPLICA_PATHS.discard ? says('unformed') : says(standing);
  });
  const order = (replica: number): ReadmissionOrder => ({
    known: Object.keys(replicas).map((name) => `group/${name}`),
    nameOf: (id) => `group/${id}`,
    replica: asReplicaId(replica),
    patienceMs: PATIENCE_MS,
  });
  const readmit = (replica: number) => port.run(readmission(order(replica), port, TIMEOUT_MS));
  const discarded = () => port.asked.filter(({ path }) => path === REPLICA_PATHS.discard);
  return { port, readmit, discarded };
}

describe('a damaged disk', () => {
  test('is given up, under the name of its damage, when a majority of others are members', () => {
    const { readmit, discarded } = group({ 1: 'member', 2: 'member', 3: 'damaged' });
    expect(readmit(3)).toMatchObject({ type: 'answered', result: 'unformed' });
    expect(discarded().map(({ replica, body }) => [replica, DISCARDING.decode(body)])).toEqual([
      ['group/3', { disk: DISK, voters: ids(3) }],
    ]);
  });

  test.each([
    ['another is damaged as well', { 1: 'member', 2: 'damaged', 3: 'damaged' }],
    ['another has lost its disk', { 1: 'member', 2: 'forgetful', 3: 'damaged' }],
    ['another has not heard of its group', { 1: 'unformed', 2: 'member', 3: 'damaged' }],
    ['another is being taken back', { 1: 'member', 2: 'readmitted', 3: 'damaged' }],
    ['another does not answer', { 1: 'member', 2: SILENT, 3: 'damaged' }],
    ['nobody answers', { 1: SILENT, 2: SILENT, 3: 'damaged' }],
    ['two of five others are gone', { 1: 'member', 2: SILENT, 3: 'damaged', 4: 'damaged', 5: 'member' }],
    ['there is no other', { 1: 'damaged' }],
  ] as const)('is kept when %s', (_, replicas) => {
    const { readmit, discarded } = group(replicas);
    const damaged = Number(Object.entries(replicas).find(([, standing]) => standing === 'damaged')?.[0]);
    expect(readmit(damaged)).toMatchObject({ type: 'answered', result: 'damaged' });
    expect(discarded()).toEqual([]);
  });

  test('is given up in a group of five while three others are members', () => {
    const { readmit, discarded } = group({
      1: 'member',
      2: 'damaged',
      3: 'damaged',
      4: 'member',
      5: 'member',
    });
    expect(readmit(2)).toMatchObject({ result: 'unformed' });
    expect(discarded()).toHaveLength(1);
  });
});

test('a replica that refuses the disk of other code keeps it', () => {
  const { readmit, discarded } = group({ 1: 'member', 2: 'member', 3: 'refused' });
  expect(readmit(3)).toMatchObject({ type: 'answered', result: 'refused' });
  expect(discarded()).toEqual([]);
});

test('one that has lost its disk is taken back, and one that has not is told so', () => {
  const { readmit } = group({ 1: 'member', 2: 'member', 3: 'forgetful' });
  expect(readmit(3)).toMatchObject({ type: 'answered', result: 'readmitted' });
  expect(readmit(1)).toMatchObject({ type: 'answered', result: 'member' });
});

test('whom the group does not count is never asked, since to ask an object is to make it', () => {
  const { readmit, port } = group(
    { 1: 'member', 2: 'member', 3: 'member', 4: 'unformed', 5: 'unformed' },
    ids(3),
  );
  expect(readmit(4)).toMatchObject({ result: 'stranger' });
  expect(port.replicas).not.toContain('group/4');
});

test('a member is found though the settings have fewer replicas now', () => {
  const { port } = group({ 1: 'member', 2: 'member', 3: 'forgetful' });
  const order = {
    known: ['group/1'],
    nameOf: (id: number) => `group/${id}`,
    replica: asReplicaId(3),
    patienceMs: PATIENCE_MS,
  };
  expect(port.run(readmission(order, port, TIMEOUT_MS))).toMatchObject({ result: 'readmitted' });
});

test('a group of replicas that say nothing holds it up for no longer than each may take', () => {
  const { readmit, port } = group({ 1: SILENT, 2: SILENT, 3: SILENT });
  expect(readmit(3)).toMatchObject({ type: 'failed', reason: 'no-answer', mayBeExecuted: false });
  expect(port.nowMs()).toBeLessThanOrEqual(3 * PATIENCE_MS);
});
