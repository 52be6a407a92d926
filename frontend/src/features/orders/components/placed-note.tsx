/** The order is with the desk; what happens next is told by the tables. */
import { Button, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { formatAverage, formatQuantity } from "@/lib/format";
import type { Order } from "@/types/models";

import { useOrder } from "../api/order-detail";
import { priceWords } from "./order-columns";
import { StatusPill } from "./status-pill";
import styles from "./order-ticket.module.css";
import { newerOrder, orderKeys } from "../api/order-cache";

interface PlacedNoteProps {
  order: Order;
  onOpen: () => void;
  onNew: () => void;
}

export function PlacedNote({ order, onOpen, onNew }: PlacedNoteProps) {
  const queryClient = useQueryClient();
  const newRef = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    queryClient.setQueryData<Order>(orderKeys.detail(order.id), (known) => newerOrder(known, order));
    newRef.current?.focus();
  }, [queryClient, order]);
  const { data: current = order } = useOrder(order.id);

  return (
    <section aria-label="Order placed" style={{ display: "contents" }}>
      <div className={styles.headline} data-side={current.side} role="status">
        <span style={{ display: "flex", alignItems: "center", gap: 6 }}>
          <IconCircleCheck size={16} aria-hidden /> Order placed
        </span>
        <strong>
          {current.side === "BUY" ? "Buy" : "Sell"} {formatQuantity(current.quantity)} {current.symbol}
        </strong>
        <Text size="sm" span>
          {current.order_type === "MKT" ? "At market" : `${current.order_type} ${priceWords(current)}`}, {current.time_in_force}
          {current.average_fill_price && ` · filled ${formatQuantity(current.filled_quantity)} at ${formatAverage(current.average_fill_price)}`}
        </Text>
        <span>
          <StatusPill order={current} />
        </span>
      </div>
      {current.reject_reason && <Text size="sm">{current.reject_reason}</Text>}
      <div className={styles.buttons}>
        <Button variant="default" size="md" onClick={onOpen}>
          View order
        </Button>
        <Button ref={newRef} size="md" onClick={onNew}>
          New order
        </Button>
      </div>
    </section>
  );
}
