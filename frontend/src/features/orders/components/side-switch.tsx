/** Buy or sell: two large buttons, one of them pressed. */
import { UnstyledButton } from "@mantine/core";

import { SIDES } from "@/lib/order-words";
import type { Side } from "@/types/models";

import styles from "./side-switch.module.css";

export function SideSwitch({ side, onChange }: { side: Side; onChange: (side: Side) => void }) {
  return (
    <div role="group" aria-label="Side" className={styles.switch}>
      {SIDES.map((each) => (
        <UnstyledButton
          key={each}
          className={styles.side}
          data-side={each}
          aria-pressed={side === each}
          onClick={() => onChange(each)}
        >
          {each === "BUY" ? "Buy" : "Sell"}
        </UnstyledButton>
      ))}
    </div>
  );
}
