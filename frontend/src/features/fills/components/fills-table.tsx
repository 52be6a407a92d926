/** Executions with price, commission and where they happened. */
import { Button } from "@mantine/core";
import { useMemo } from "react";

import { type Column, DataTable } from "@/components/ui/data-table";
import { Gain } from "@/components/ui/gain";
import { SideText } from "@/components/ui/side-text";
import { When } from "@/components/ui/when";
import { compareDecimals } from "@/lib/decimal";
import { formatMoney, formatPrice, formatQuantity } from "@/lib/format";
import type { Fill } from "@/types/models";

import { type FillFilter, useFills } from "../api/fills";

const COLUMNS: readonly Column<Fill>[] = [
  { id: "symbol", header: "Symbol", card: "lead", sort: (a, b) => a.symbol.localeCompare(b.symbol), cell: ({ symbol }) => <strong>{symbol}</strong> },
  { id: "executed_at", header: "Time", card: "lead", sort: (a, b) => a.executed_at.localeCompare(b.executed_at), cell: (fill) => <When time={fill.executed_at} /> },
  { id: "side", header: "Side", sort: (a, b) => a.side.localeCompare(b.side), cell: ({ side }) => <SideText side={side} /> },
  { id: "quantity", header: "Quantity", align: "right", sort: (a, b) => compareDecimals(a.quantity, b.quantity), cell: (fill) => formatQuantity(fill.quantity) },
  { id: "price", header: "Price", align: "right", sort: (a, b) => compareDecimals(a.price, b.price), cell: (fill) => formatPrice(fill.price) },
  {
    id: "commission",
    header: "Commission",
    align: "right",
    cell: (fill) => (fill.commission === null ? "pending" : `${formatMoney(fill.commission)} ${fill.commission_currency ?? ""}`),
  },
  { id: "realized_pnl", header: "Realized P&L", align: "right", cell: (fill) => <Gain value={fill.realized_pnl} /> },
  { id: "exchange", header: "Exchange", cell: ({ exchange }) => exchange },
  { id: "exec_id", header: "Execution id", card: "hidden", cell: ({ exec_id }) => <code>{exec_id}</code> },
];

/** Inside an order's story the symbol and the ids are known. */
const SHORT_COLUMNS = COLUMNS.filter(({ id }) => ["executed_at", "quantity", "price", "commission", "exchange"].includes(id));

interface FillsTableProps {
  label: string;
  filter: FillFilter;
  isShort?: boolean;
  onOpenOrder?: (id: string) => void;
}

export function FillsTable({ label, filter, isShort = false, onOpenOrder }: FillsTableProps) {
  const fills = useFills(filter);
  const rows = useMemo(() => fills.data?.pages.flatMap((page) => page.results), [fills.data]);
  return (
    <DataTable
      label={label}
      columns={isShort ? SHORT_COLUMNS : COLUMNS}
      rows={rows}
      error={fills.error}
      rowKey={({ id }) => id}
      onOpen={onOpenOrder && ((fill) => onOpenOrder(fill.order_id))}
      empty="No fills yet."
      footer={
        fills.hasNextPage && (
          <Button variant="subtle" size="compact-sm" m="sm" loading={fills.isFetchingNextPage} onClick={() => void fills.fetchNextPage()}>
            Show older fills
          </Button>
        )
      }
    />
  );
}
