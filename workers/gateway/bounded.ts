/** `work` for each item, at most so many at a time; `undefined` for those whose turn has not come when the time is over. */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  { atOnceMax, budgetMs }: { readonly atOnceMax: number; readonly budgetMs: number },
  work: (item: Item) => Promise<Result>,
): Promise<readonly (Result | undefined)[]> {
  const results = new Array<Result | undefined>(items.length).fill(undefined);
  const untilMs = Date.now() + budgetMs;
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [at, item] of queue) {
      if (Date.now() >= untilMs) return;
      results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, worker));
  return results;
}
