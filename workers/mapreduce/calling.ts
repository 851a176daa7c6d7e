/** The platform allows six connections a request. */
const CALLS_AT_ONCE = 6;
const PAUSE_MS = 200;
const PAUSE_MS_MAX = 1_000;

/** Calls for each item, a few at a time; the replies in the order of the items. */
export async function callAll<Item, Reply>(
  items: readonly Item[],
  call: (item: Item) => Promise<Reply>,
): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  for (let from = 0; from < items.length; from += CALLS_AT_ONCE) {
    replies.push(...(await Promise.all(items.slice(from, from + CALLS_AT_ONCE).map(call))));
  }
  return replies;
}

/** Tries until there is a reply, with longer and longer pauses. Undefined: there was none to so many tries. */
export async function retried<Reply>(
  triesMax: number,
  attempt: () => Promise<Reply | undefined>,
): Promise<Reply | undefined> {
  for (let tries = 1; ; tries += 1) {
    const reply = await attempt();
    if (reply !== undefined || tries === triesMax) return reply;
    await scheduler.wait(Math.min(PAUSE_MS * tries, PAUSE_MS_MAX));
  }
}
