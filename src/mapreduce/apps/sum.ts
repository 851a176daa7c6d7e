import type { Application } from '../application.ts';

/** Adds up counts: the `reduce` of every application that counts. */
export const sumValues: Application['reduce'] = async (_key, values) => {
  let sum = 0;
  for await (const value of values) sum += Number(value);
  return String(sum);
};

export const sumSome: NonNullable<Application['combine']> = (_key, values) =>
  String(values.reduce((sum, value) => sum + Number(value), 0));
