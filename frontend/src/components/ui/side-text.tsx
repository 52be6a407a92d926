/** BUY or SELL in a word, an arrow and a colour. */
import type { Side } from "@/types/models";

import styles from "./side-text.module.css";

export function SideText({ side }: { side: Side }) {
  return (
    <span className={side === "BUY" ? styles.buy : styles.sell}>
      <span aria-hidden className={styles.arrow}>
        {side === "BUY" ? "▲" : "▼"}
      </span>
      {side === "BUY" ? "Buy" : "Sell"}
    </span>
  );
}
