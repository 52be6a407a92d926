/** Lines on the chart: the account's working orders and its cost in this symbol. */
import { useMemo } from "react";

import type { PriceMark } from "@/features/market-data/components/price-chart";
import { useWorkingOrders } from "@/features/orders/api/working-orders";
import { usePositions } from "@/features/positions/api/positions";
import { signOf, toNumber } from "@/lib/decimal";
import { formatQuantity } from "@/lib/format";
import type { Order, Position } from "@/types/models";

export function marksOf(conId: number, orders: readonly Order[], positions: readonly Position[]): PriceMark[] {
  const orderMarks = orders
    .filter((order) => order.con_id === conId)
    .map((order): PriceMark | null => {
      const price = toNumber(order.limit_price ?? order.stop_price);
      const label = `${order.side === "BUY" ? "Buy" : "Sell"} ${formatQuantity(order.quantity)} ${order.order_type}`;
      return price === null ? null : { price, label, tone: order.side === "BUY" ? "buy" : "sell" };
    });
  const positionMarks = positions
    .filter((position) => position.con_id === conId && signOf(position.quantity) !== 0)
    .map((position): PriceMark | null => {
      const price = toNumber(position.average_cost);
      return price === null ? null : { price, label: `Position ${formatQuantity(position.quantity)}`, tone: "position" };
    });
  return [...orderMarks, ...positionMarks].filter((mark) => mark !== null);
}

export function useChartMarks(conId: number | undefined, account: string | undefined): readonly PriceMark[] {
  const { data: orders } = useWorkingOrders(account);
  const { data: positions } = usePositions(account);
  // prices of positions change all the time; the lines only when what they show does
  const marks = conId === undefined ? [] : marksOf(conId, orders ?? [], positions ?? []);
  const fingerprint = JSON.stringify(marks);
  return useMemo(() => JSON.parse(fingerprint) as PriceMark[], [fingerprint]);
}
