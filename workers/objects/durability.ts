/**
 * Says when what was written is durable: the promise of `storage.sync()`. Calls back in order. If a flush fails, the
 * platform resets the object, so there is nobody left to call back.
 */
export function whenDurable(storage: DurableObjectStorage): (onDurable: () => void) => void {
  let waiting: (() => void)[] = [];
  let syncing = false;
  async function drain(): Promise<void> {
    syncing = true;
    try {
      while (waiting.length > 0) {
        const covered = waiting;
        waiting = [];
        await storage.sync();
        for (const onDurable of covered) onDurable();
      }
    } catch (error) {
      // The platform is resetting the object: nothing of what waits is confirmed any more.
      waiting = [];
      console.error('a flush failed:', error);
    } finally {
      syncing = false;
    }
  }
  return (onDurable) => {
    waiting.push(onDurable);
    if (!syncing) void drain();
  };
}
