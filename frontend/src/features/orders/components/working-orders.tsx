/** Orders that may still change, with the two things one does to them. */
import { Button } from "@mantine/core";
import { IconPencil, IconX } from "@tabler/icons-react";
import { useMemo, useState } from "react";

import { type Column, DataTable } from "@/components/ui/data-table";
import type { Order } from "@/types/models";

import { useCancelOrder } from "../api/cancel-order";
import { useWorkingOrders } from "../api/working-orders";
import { ModifyOrderDialog } from "./modify-order-dialog";
import {
  averageColumn, createdColumn, priceColumn, quantityColumn, sideColumn, statusColumn, symbolColumn, typeColumn,
} from "./order-columns";
import styles from "./order-columns.module.css";

interface WorkingOrdersProps {
  account: string | undefined;
  onOpen: (id: string) => void;
  onFailure: (title: string, error: unknown) => void;
}

/** IB takes a change only of an order that it works. */
export const canModify = ({ status }: Order): boolean => status === "working" || status === "partially_filled";
export const canCancel = ({ status }: Order): boolean => status !== "pending_cancel";

export function WorkingOrders({ account, onOpen, onFailure }: WorkingOrdersProps) {
  const { data: orders, error } = useWorkingOrders(account);
  const [modified, setModified] = useState<string | null>(null);
  const columns = useMemo<Column<Order>[]>(
    () => [
      symbolColumn(onOpen),
      statusColumn,
      sideColumn,
      quantityColumn,
      typeColumn,
      priceColumn,
      averageColumn,
      createdColumn,
      {
        id: "actions",
        header: "Actions",
        hideHeader: true,
        align: "right",
        card: "wide",
        cell: (order) => <OrderButtons order={order} onModify={() => setModified(order.id)} onFailure={onFailure} />,
      },
    ],
    [onOpen, onFailure],
  );
  const current = orders?.find(({ id }) => id === modified);

  return (
    <>
      <DataTable
        label="Working orders"
        columns={columns}
        rows={orders}
        error={error}
        rowKey={({ id }) => id}
        onOpen={({ id }) => onOpen(id)}
        empty="No working orders. What you place appears here at once."
      />
      {current && <ModifyOrderDialog key={current.id} order={current} onClose={() => setModified(null)} />}
    </>
  );
}

interface OrderButtonsProps {
  order: Order;
  onModify: () => void;
  onFailure: (title: string, error: unknown) => void;
}

function OrderButtons({ order, onModify, onFailure }: OrderButtonsProps) {
  const cancel = useCancelOrder();
  const isCancelling = cancel.isPending || order.status === "pending_cancel";
  const what = `${order.side === "BUY" ? "buy" : "sell"} ${order.symbol}`;
  return (
    <span className={styles.buttons}>
      <Button
        size="compact-xs"
        variant="default"
        title="Modify"
        leftSection={<IconPencil size={13} stroke={1.8} aria-hidden />}
        aria-label={`Modify ${what}`}
        disabled={!canModify(order)}
        onClick={onModify}
      >
        <span className={styles.words}>Modify</span>
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        title="Cancel"
        leftSection={<IconX size={13} stroke={2} aria-hidden />}
        aria-label={`Cancel ${what}`}
        aria-busy={isCancelling}
        disabled={isCancelling || !canCancel(order)}
        onClick={() => cancel.mutate(order.id, { onError: (error) => onFailure(`Could not cancel ${what}`, error) })}
      >
        <span className={styles.words}>{isCancelling ? "Cancelling" : "Cancel"}</span>
      </Button>
    </span>
  );
}
