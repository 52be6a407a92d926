/** All orders with a filter by status. */
import { Button, NativeSelect } from "@mantine/core";
import { useMemo } from "react";

import { type Column, DataTable } from "@/components/ui/data-table";
import { formatMoney } from "@/lib/format";
import { isOpen, ORDER_STATUSES } from "@/lib/order-words";
import type { Order, OrderStatus } from "@/types/models";

import type { OrderFilter } from "../api/order-cache";
import { useOrderHistory } from "../api/order-history";
import {
  averageColumn, createdColumn, priceColumn, quantityColumn, sideColumn, statusColumn, symbolColumn, typeColumn,
} from "./order-columns";
import { STATUS_LOOKS } from "./status-pill";

interface OrdersTableProps {
  filter: OrderFilter;
  onOpen: (id: string) => void;
}

export function OrdersTable({ filter, onOpen }: OrdersTableProps) {
  const history = useOrderHistory(filter);
  const rows = useMemo(() => history.data?.pages.flatMap((page) => page.results), [history.data]);
  const columns = useMemo<Column<Order>[]>(
    () => [
      symbolColumn(onOpen),
      statusColumn,
      sideColumn,
      quantityColumn,
      typeColumn,
      priceColumn,
      averageColumn,
      { id: "commission", header: "Commission", align: "right", cell: ({ commission }) => formatMoney(commission) },
      createdColumn,
    ],
    [onOpen],
  );
  return (
    <DataTable
      label="Orders"
      columns={columns}
      rows={rows}
      error={history.error}
      rowKey={({ id }) => id}
      onOpen={({ id }) => onOpen(id)}
      isMuted={({ status }) => !isOpen(status) && status !== "filled"}
      empty={filter.status ? "No order has this status." : "No orders yet."}
      footer={
        history.hasNextPage && (
          <Button variant="subtle" size="compact-sm" m="sm" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
            Show older orders
          </Button>
        )
      }
    />
  );
}

interface StatusFilterProps {
  status: OrderStatus | undefined;
  onChange: (status: OrderStatus | undefined) => void;
}

export function StatusFilter({ status, onChange }: StatusFilterProps) {
  return (
    <NativeSelect
      size="xs"
      aria-label="Filter by status"
      value={status ?? ""}
      onChange={(event) => onChange(ORDER_STATUSES.find((each) => each === event.currentTarget.value))}
      data={[{ value: "", label: "All statuses" }, ...ORDER_STATUSES.map((each) => ({ value: each, label: STATUS_LOOKS[each].words }))]}
    />
  );
}
