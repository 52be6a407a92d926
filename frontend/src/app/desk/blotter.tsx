/** The tables below the chart, one tab each. */
import { Tabs } from "@mantine/core";

import { Panel } from "@/components/ui/panel";
import { AccountPanel } from "@/features/accounts/components/account-panel";
import { FillsTable } from "@/features/fills/components/fills-table";
import { GatewayPanel } from "@/features/gateway/components/gateway-panel";
import { CancelAllButton } from "@/features/orders/components/cancel-all-button";
import { OrdersTable, StatusFilter } from "@/features/orders/components/orders-table";
import { WorkingOrders } from "@/features/orders/components/working-orders";
import { useWorkingOrders } from "@/features/orders/api/working-orders";
import { isShown, usePositions } from "@/features/positions/api/positions";
import { PositionsTable } from "@/features/positions/components/positions-table";
import type { OrderStatus, Position } from "@/types/models";

import { VIEWS, type View } from "../routes/search";
import { toastFailure } from "../toasts";
import styles from "./blotter.module.css";

export const VIEW_NAMES: Record<(typeof VIEWS)[number], string> = {
  working: "Working orders",
  positions: "Positions",
  orders: "Orders",
  fills: "Fills",
  account: "Account",
  gateway: "Gateway",
};

interface BlotterProps {
  view: (typeof VIEWS)[number];
  account: string | undefined;
  status: OrderStatus | undefined;
  className?: string;
  onView: (view: View) => void;
  onStatus: (status: OrderStatus | undefined) => void;
  onOpenOrder: (id: string) => void;
  onChooseSymbol: (symbol: string) => void;
  onClosePosition: (position: Position) => void;
}

export function Blotter(props: BlotterProps) {
  const { view, account, status, onOpenOrder, className } = props;
  const counts = useCounts(account);
  return (
    <Panel label="Blotter" className={className}>
      <Tabs value={view} onChange={(next) => next && props.onView(next as View)} classNames={{ root: styles.root, panel: styles.panel, list: styles.list, tab: styles.tab }} keepMounted={false}>
        <div className={styles.head}>
          <Tabs.List aria-label="Blotter">
            {VIEWS.map((each) => (
            <Tabs.Tab key={each} value={each} rightSection={counts[each] ? <span className={styles.count} aria-hidden>{counts[each]}</span> : undefined}>
              {VIEW_NAMES[each]}
            </Tabs.Tab>
          ))}
          </Tabs.List>
          <div className={styles.actions}>
            {view === "working" && <CancelAllButton account={account} />}
            {view === "orders" && <StatusFilter status={status} onChange={props.onStatus} />}
          </div>
        </div>
        <Tabs.Panel value="working">
          <WorkingOrders account={account} onOpen={onOpenOrder} onFailure={toastFailure} />
        </Tabs.Panel>
        <Tabs.Panel value="positions">
          <PositionsTable account={account} onChoose={props.onChooseSymbol} onClosePosition={props.onClosePosition} />
        </Tabs.Panel>
        <Tabs.Panel value="orders">
          <OrdersTable filter={{ account, status }} onOpen={onOpenOrder} />
        </Tabs.Panel>
        <Tabs.Panel value="fills">
          <FillsTable label="Fills" filter={{ account }} onOpenOrder={onOpenOrder} />
        </Tabs.Panel>
        <Tabs.Panel value="account">{account !== undefined && <AccountPanel account={account} />}</Tabs.Panel>
        <Tabs.Panel value="gateway">
          <GatewayPanel />
        </Tabs.Panel>
      </Tabs>
    </Panel>
  );
}

function useCounts(account: string | undefined): Partial<Record<View, number>> {
  const { data: orders } = useWorkingOrders(account);
  const { data: positions } = usePositions(account);
  return { working: orders?.length, positions: positions?.filter(isShown).length };
}
