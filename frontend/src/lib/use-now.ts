/** The current time, once a second, for ages on screen. */
import { createStore, useStore } from "./store";

const clock = createStore(Date.now());
let timer: ReturnType<typeof setInterval> | undefined;
let watchers = 0;

const ticking = {
  ...clock,
  subscribe: (listener: () => void) => {
    const stop = clock.subscribe(listener);
    watchers += 1;
    timer ??= setInterval(() => clock.set(Date.now()), 1000);
    return () => {
      stop();
      watchers -= 1;
      if (watchers > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  },
};

export function useNow(): number {
  return useStore(ticking);
}
