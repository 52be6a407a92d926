/** The way around on a phone. */
import { UnstyledButton } from "@mantine/core";
import { IconChartCandle, IconClock, IconListDetails, IconReceipt, IconWallet, IconBriefcase } from "@tabler/icons-react";

import type { View } from "../routes/search";
import styles from "./bottom-nav.module.css";

const PLACES: readonly { view: View; name: string; icon: typeof IconClock }[] = [
  { view: "trade", name: "Trade", icon: IconChartCandle },
  { view: "working", name: "Working", icon: IconClock },
  { view: "positions", name: "Positions", icon: IconBriefcase },
  { view: "orders", name: "Orders", icon: IconListDetails },
  { view: "fills", name: "Fills", icon: IconReceipt },
  { view: "account", name: "Account", icon: IconWallet },
];

export function BottomNav({ view, onView }: { view: View; onView: (view: View) => void }) {
  return (
    <nav className={styles.nav} aria-label="Screens">
      {PLACES.map(({ view: each, name, icon: Icon }) => (
        <UnstyledButton key={each} className={styles.place} aria-current={view === each ? "page" : undefined} onClick={() => onView(each)}>
          <Icon size={20} stroke={1.6} aria-hidden />
          {name}
        </UnstyledButton>
      ))}
    </nav>
  );
}
