/** What the hosts of a job must know beside its specification. */
export interface JobPlan {
  readonly workers: number;
  readonly output: OutputPlace;
}

export type OutputPlace =
  /** `mr-out-X` in the bucket. */
  | { readonly type: 'bucket' }
  /** A row of the store for each key, under a prefix. */
  | { readonly type: 'store'; readonly prefix: string };
