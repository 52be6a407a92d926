/** What is held, what it is worth, and a way out. */
import { Anchor, Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMemo } from "react";

import { type Column, DataTable } from "@/components/ui/data-table";
import { Gain } from "@/components/ui/gain";
import { Pill } from "@/components/ui/pill";
import { When } from "@/components/ui/when";
import { compareDecimals, signOf } from "@/lib/decimal";
import { formatAverage, formatFullTime, formatMoney, formatPrice, formatQuantity } from "@/lib/format";
import type { Position } from "@/types/models";

import { isShown, usePositions } from "../api/positions";
import styles from "./positions-table.module.css";

interface PositionsTableProps {
  account: string | undefined;
  onChoose: (symbol: string) => void;
  onClosePosition: (position: Position) => void;
}

export function PositionsTable({ account, onChoose, onClosePosition }: PositionsTableProps) {
  const { data, error } = usePositions(account);
  const rows = useMemo(
    () => data?.filter(isShown).sort((a, b) => a.symbol.localeCompare(b.symbol)),
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
      { id: "unrealized_pnl", header: "Unrealized P&L", align: "right", card: "lead", sort: (a, b) => compareDecimals(unrealized(a).amount, unrealized(b).amount), cell: (row) => <Unrealized position={row} /> },
      { id: "daily_pnl", header: "Day P&L", align: "right", sort: (a, b) => compareDecimals(a.pnl?.daily ?? null, b.pnl?.daily ?? null), cell: (row) => <Gain value={row.pnl?.daily} /> },
      { id: "quantity", header: "Quantity", align: "right", sort: (a, b) => compareDecimals(a.quantity, b.quantity), cell: (row) => <Quantity position={row} /> },
      { id: "average_cost", header: "Avg. cost", align: "right", cell: (row) => formatAverage(row.average_cost) },
      { id: "market_price", header: "Price", align: "right", cell: (row) => formatPrice(row.market_price) },
      { id: "market_value", header: "Market value", align: "right", sort: (a, b) => compareDecimals(a.market_value, b.market_value), cell: (row) => formatMoney(row.market_value) },
      { id: "realized_pnl", header: "Realized P&L", align: "right", sort: (a, b) => compareDecimals(a.realized_pnl, b.realized_pnl), cell: (row) => <Gain value={row.realized_pnl} /> },
      { id: "as_of", header: "As of", align: "right", card: "hidden", cell: (row) => <When time={row.pnl?.as_of ?? row.market_as_of ?? row.as_of} /> },
      {
        id: "close",
        header: "Close",
        hideHeader: true,
        align: "right",
        card: "wide",
        cell: (row) =>
          signOf(row.quantity) !== 0 && (
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

/** IB's mark in the instrument's currency; without one, as in a login of several accounts, the stream in base currency. */
function unrealized({ unrealized_pnl, pnl, currency }: Position): { amount: string | null; currency: string | null } {
  if (unrealized_pnl !== null || pnl === null) return { amount: unrealized_pnl, currency: null };
  return { amount: pnl.unrealized, currency: pnl.currency === currency ? null : pnl.currency };
}

function Unrealized({ position }: { position: Position }) {
  const { amount, currency } = unrealized(position);
  return <Gain value={amount} withArrow suffix={currency === null ? "" : ` ${currency}`} />;
}

/** IB's figure, and ours beside it while our fills say another. */
function Quantity({ position: { quantity, ledger_quantity, differs_since } }: { position: Position }) {
  if (differs_since === null) return formatQuantity(quantity);
  const ours = formatQuantity(ledger_quantity);
  return (
    <span className={styles.quantity}>
      <Pill tone="warn" icon={IconAlertTriangle} hint={`IB says ${formatQuantity(quantity)}, the fills of this desk say ${ours}; they differ since ${formatFullTime(differs_since)}`}>
        ours: {ours}
      </Pill>
      {formatQuantity(quantity)}
    </span>
  );
}
