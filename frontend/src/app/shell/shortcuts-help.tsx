/** The list of keyboard shortcuts. */
import { Kbd, Modal } from "@mantine/core";

import styles from "./shortcuts-help.module.css";

const SHORTCUTS: readonly (readonly [keys: string, does: string])[] = [
  ["/", "Search for an instrument"],
  ["B", "Buy: go to the ticket"],
  ["S", "Sell: go to the ticket"],
  ["↑ ↓", "In a number: one step; with Shift ten"],
  ["Enter", "Review, then place"],
  ["Esc", "Go back, close"],
  ["1 – 6", "Working orders, positions, orders, fills, account, gateway"],
  ["?", "This help"],
];

export function ShortcutsHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Keyboard shortcuts" size="sm">
      <dl className={styles.list}>
        {SHORTCUTS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <Kbd>{keys}</Kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
