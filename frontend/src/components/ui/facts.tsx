/** Names and values in two columns. */
import type { ReactNode } from "react";

import styles from "./facts.module.css";

export type FactRow = readonly [name: string, value: ReactNode];

export function Facts({ rows }: { rows: readonly FactRow[] }) {
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? "–"}</dd>
        </div>
      ))}
    </dl>
  );
}
