/** A gain or a loss: sign, arrow and colour say the same thing. */
import { signOf } from "@/lib/decimal";
import { formatGain } from "@/lib/format";

import styles from "./gain.module.css";

interface GainProps {
  value: string | null | undefined;
  decimals?: number;
  suffix?: string;
  withArrow?: boolean;
}

const CLASS = { 1: styles.up, 0: styles.flat, [-1]: styles.down };
const ARROW = { 1: "▲", 0: "", [-1]: "▼" };

export function Gain({ value, decimals = 2, suffix = "", withArrow = false }: GainProps) {
  const sign = signOf(value);
  if (sign === null) return <span className={styles.flat}>{formatGain(value)}</span>;
  return (
    <span className={CLASS[sign]}>
      {withArrow && sign !== 0 && (
        <span className={styles.arrow} aria-hidden>
          {ARROW[sign]}
        </span>
      )}
      {formatGain(value, decimals)}
      {suffix}
    </span>
  );
}
