/**
 * Remembers what the stream said lately, so that a REST answer that was already on its way does not undo it.
 *
 * Every live query fetches through `fetchThenReplay`: events that arrived during the request are applied on top of
 * its answer. Events carry whole rows, so applying one twice changes nothing.
 */
import type { LiveEvent } from "./live-socket";

const KEEP_MS = 60_000;

interface Entry {
  at: number;
  event: LiveEvent;
}

export class LiveJournal {
  #entries: Entry[] = [];
  #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  record(event: LiveEvent): void {
    const at = this.#now();
    this.#entries.push({ at, event });
    const firstToKeep = this.#entries.findIndex((entry) => entry.at >= at - KEEP_MS);
    if (firstToKeep > 0) this.#entries.splice(0, firstToKeep);
  }

  /** Fetch, then apply the rows of `channel` that were pushed since the request began. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names what the channel carries
  async fetchThenReplay<Row, Data>(channel: string, fetch: () => Promise<Data>, apply: (data: Data, row: Row) => Data): Promise<Data> {
    const startedAt = this.#now();
    let data: Data = await fetch();
    for (const { at, event } of this.#entries) {
      if (at >= startedAt && event.channel === channel) data = apply(data, event.data as Row);
    }
    return data;
  }
}

/** The app's one journal. */
export const liveJournal = new LiveJournal();
