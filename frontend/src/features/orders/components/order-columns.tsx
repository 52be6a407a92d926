/** Columns that the tables of orders share. */
import { Anchor, Badge } from "@mantine/core";

import type { Column } from "@/components/ui/data-table";
import { SideText } from "@/components/ui/side-text";
import { When } from "@/components/ui/when";
import { compareDecimals } from "@/lib/decimal";
import { formatAverage, formatPrice, formatQuantity } from "@/lib/format";
import type { Order } from "@/types/models";

import { typeName } from "../terms";
import { trailWords } from "../ticket";
import { StatusPill } from "./status-pill";
import styles from "./order-columns.module.css";

type OrderColumn = Column<Order>;

const ORIGIN_WORDS = { desk: null, external: "Placed elsewhere", liquidation: "Liquidation by IB" } as const;

export const symbolColumn = (onOpen: (id: string) => void): OrderColumn => ({
  id: "symbol",
  header: "Symbol",
  card: "lead",
  sort: (a, b) => a.symbol.localeCompare(b.symbol),
  cell: (order) => (
    <span className={styles.symbol}>
      <Anchor component="button" type="button" fw={600} c="inherit" onClick={() => onOpen(order.id)} title="Show the order's story">
        {order.symbol}
      </Anchor>
      {ORIGIN_WORDS[order.origin] && (
        <Badge size="xs" variant="default" radius="sm">
          {ORIGIN_WORDS[order.origin]}
        </Badge>
      )}
    </span>
  ),
});

export const statusColumn: OrderColumn = {
  id: "status",
  header: "Status",
  card: "lead",
  sort: (a, b) => a.status.localeCompare(b.status),
  cell: (order) => <StatusPill order={order} />,
};

export const sideColumn: OrderColumn = {
  id: "side",
  header: "Side",
  sort: (a, b) => a.side.localeCompare(b.side),
  cell: (order) => <SideText side={order.side} />,
};

export const quantityColumn: OrderColumn = {
  id: "quantity",
  header: "Filled / Qty",
  align: "right",
  sort: (a, b) => compareDecimals(a.quantity, b.quantity),
  cell: (order) => (
    <span>
      <span className={styles.dim}>{formatQuantity(order.filled_quantity)} / </span>
      {formatQuantity(order.quantity)}
    </span>
  ),
};

/** One price column for all types: what a trader reads as "at what price". */
export function priceWords(order: Order): string {
  if (order.order_type === "MKT") return "Market";
  const stop = order.stop_price === null ? null : `stop ${formatPrice(order.stop_price)}`;
  const limit = order.limit_price === null ? null : formatPrice(order.limit_price);
  return [stop, limit, ...trailWords(order)].filter(Boolean).join(", ") || typeName(order.order_type);
}

export const typeColumn: OrderColumn = {
  id: "order_type",
  header: "Type",
  sort: (a, b) => a.order_type.localeCompare(b.order_type),
  cell: (order) => (
    <>
      {order.order_type} <span className={styles.dim}>{order.time_in_force}</span>
    </>
  ),
};

export const priceColumn: OrderColumn = {
  id: "price",
  header: "Price",
  align: "right",
  sort: (a, b) => compareDecimals(a.limit_price ?? a.stop_price, b.limit_price ?? b.stop_price),
  cell: priceWords,
};

export const averageColumn: OrderColumn = {
  id: "average_fill_price",
  header: "Avg. fill",
  align: "right",
  sort: (a, b) => compareDecimals(a.average_fill_price, b.average_fill_price),
  cell: (order) => formatAverage(order.average_fill_price),
};

export const createdColumn: OrderColumn = {
  id: "created_at",
  header: "Placed",
  sort: (a, b) => a.created_at.localeCompare(b.created_at),
  cell: (order) => <When time={order.created_at} />,
};
