/** What is held, what it is worth, and a way out. */
import { Anchor, Button } from "@mantine/core";
import { useMemo } from "react";

import { type Column, DataTable } from "@/components/ui/data-table";
import { Gain } from "@/components/ui/gain";
import { compareDecimals, signOf } from "@/lib/decimal";
import { formatAverage, formatMoney, formatPrice, formatQuantity } from "@/lib/format";
import type { Position } from "@/types/models";

import { usePositions } from "../api/positions";

interface PositionsTableProps {
  account: string | undefined;
  onChoose: (symbol: string) => void;
  onClosePosition: (position: Position) => void;
}

export function PositionsTable({ account, onChoose, onClosePosition }: PositionsTableProps) {
  const { data, error } = usePositions(account);
  const rows = useMemo(
    () => data?.filter(({ quantity }) => signOf(quantity) !== 0).sort((a, b) => a.symbol.localeCompare(b.symbol)),
    [data],
  );
  const columns = useMemo<Column<Position>[]>(
    () => [
      {
        id: "symbol",
        header: "Symbol",
        card: "lead",
        sort: (a, b) => a.symbol.localeCompare(b.symbol),
        cell: ({ symbol }) => (
          <Anchor component="button" type="button" fw={600} c="inherit" onClick={() => onChoose(symbol)} title={`Show ${symbol} in the ticket and the chart`}>
            {symbol}
          </Anchor>
        ),
      },
      { id: "unrealized_pnl", header: "Unrealized P&L", align: "right", card: "lead", sort: (a, b) => compareDecimals(a.unrealized_pnl, b.unrealized_pnl), cell: (row) => <Gain value={row.unrealized_pnl} withArrow /> },
      { id: "quantity", header: "Quantity", align: "right", sort: (a, b) => compareDecimals(a.quantity, b.quantity), cell: (row) => formatQuantity(row.quantity) },
      { id: "average_cost", header: "Avg. cost", align: "right", cell: (row) => formatAverage(row.average_cost) },
      { id: "market_price", header: "Price", align: "right", cell: (row) => formatPrice(row.market_price) },
      { id: "market_value", header: "Market value", align: "right", sort: (a, b) => compareDecimals(a.market_value, b.market_value), cell: (row) => formatMoney(row.market_value) },
      { id: "realized_pnl", header: "Realized P&L", align: "right", sort: (a, b) => compareDecimals(a.realized_pnl, b.realized_pnl), cell: (row) => <Gain value={row.realized_pnl} /> },
      {
        id: "close",
        header: "Close",
        hideHeader: true,
        align: "right",
        card: "wide",
        cell: (row) => (
          <Button size="compact-xs" variant="default" aria-label={`Close ${row.symbol}`} onClick={() => onClosePosition(row)}>
            Close
          </Button>
        ),
      },
    ],
    [onChoose, onClosePosition],
  );
  return (
    <DataTable
      label="Positions"
      columns={columns}
      rows={rows}
      error={error}
      rowKey={(row) => `${row.account}/${row.con_id}`}
      empty="No positions."
    />
  );
}
