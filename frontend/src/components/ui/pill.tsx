/** A short word with an icon on a quiet ground; the tone is said by the icon and the word too. */
import { Tooltip } from "@mantine/core";
import type { ComponentType, ReactNode } from "react";

import styles from "./pill.module.css";

export type Tone = "up" | "down" | "warn" | "info" | "neutral";

interface PillProps {
  tone: Tone;
  icon?: ComponentType<{ size?: number; stroke?: number; className?: string; "aria-hidden"?: boolean }>;
  hint?: string;
  isBusy?: boolean;
  children: ReactNode;
}

export function Pill({ tone, icon: Icon, hint, isBusy = false, children }: PillProps) {
  const pill = (
    <span className={styles.pill} data-tone={tone} tabIndex={hint === undefined ? undefined : 0}>
      {Icon && <Icon size={13} stroke={2} className={isBusy ? styles.busy : undefined} aria-hidden />}
      <span>{children}</span>
    </span>
  );
  return hint === undefined ? (
    pill
  ) : (
    <Tooltip label={hint} multiline maw={320}>
      {pill}
    </Tooltip>
  );
}
