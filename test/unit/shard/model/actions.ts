/** Two numbers choose what an action is about; each is taken modulo what there is to choose from. */
export interface Action {
  readonly type: (typeof ACTIONS)[number];
  readonly one: number;
  readonly other: number;
}

/** The more often one stands here, the more often it is drawn. */
export const ACTIONS = [
  ...new Array<'deliver'>(12).fill('deliver'),
  ...new Array<'write'>(10).fill('write'),
  ...new Array<'pull'>(9).fill('pull'),
  ...new Array<'configure'>(4).fill('configure'),
  ...new Array<'drive'>(4).fill('drive'),
  'change',
  'change',
  'confirm',
  'confirm',
  'confirm',
  'sweep',
  'sweep',
  ...new Array<'repeat'>(3).fill('repeat'),
  'lose',
  'read',
  'outage',
  'bounce',
] as const;
