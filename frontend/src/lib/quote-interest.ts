/** Which symbols somebody on screen looks at; the stream subscribes to their quotes. */
import { createStore } from "./store";

const counts = new Map<string, number>();
export const watchedSymbols = createStore<readonly string[]>([]);

function publish(): void {
  watchedSymbols.set([...counts.keys()].sort());
}

/** Want quotes of `symbol` until the returned function is called. */
export function watchSymbol(symbol: string): () => void {
  counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  publish();
  return () => {
    const left = (counts.get(symbol) ?? 1) - 1;
    if (left > 0) counts.set(symbol, left);
    else counts.delete(symbol);
    publish();
  };
}
