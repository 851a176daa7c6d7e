import { ETCD_DIALECT, FLOOR_DIALECT, GROUP_DIALECT, SOLO_DIALECT } from '../dialects.ts';
import type { Contender } from './contender.ts';
import { startEtcd } from './etcd.ts';
import { FLOOR_OPTIONS, groupsOptions, startLocal } from './local.ts';
import { startByNpm } from './npm-start.ts';

/** In the order of the tables. */
export const CONTENDERS: readonly Contender[] = [
  {
    name: 'floor',
    title: "the platform's floor: one object, one row a put",
    dialect: FLOOR_DIALECT,
    start: () => startLocal(FLOOR_OPTIONS),
  },
  {
    name: 'solo',
    title: 'one unreplicated object (`/v1/solo`)',
    dialect: SOLO_DIALECT,
    start: () => startLocal(groupsOptions(1, 3)),
  },
  groups('group-3', 'a group of 3', 1, 3),
  groups('group-5', 'a group of 5', 1, 5),
  groups('groups-2', '2 groups of 3', 2, 3),
  groups('groups-4', '4 groups of 3', 4, 3),
  {
    name: 'start',
    title: 'a group of 3 through `npm start`',
    dialect: GROUP_DIALECT,
    start: startByNpm,
  },
  {
    name: 'etcd',
    title: 'etcd, 3 members, JSON gateway of the leader',
    dialect: ETCD_DIALECT,
    start: startEtcd,
  },
];

function groups(name: Contender['name'], title: string, count: number, replicas: number): Contender {
  return { name, title, dialect: GROUP_DIALECT, start: () => startLocal(groupsOptions(count, replicas)) };
}
