/** The account's figures, then every single value IB reports. */
import { Stack, Text } from "@mantine/core";

import { type Column, DataTable } from "@/components/ui/data-table";
import { ErrorNote } from "@/components/ui/error-note";
import { type FactRow, Facts } from "@/components/ui/facts";
import { Gain } from "@/components/ui/gain";
import { When } from "@/components/ui/when";
import { parseDecimal } from "@/lib/decimal";
import { formatMoney } from "@/lib/format";
import type { Account, AccountDetail } from "@/types/models";

import { useAccountDetail } from "../api/accounts";
import { CurrenciesTable } from "./currencies-table";
import { EquityChart } from "./equity-chart";
import { StalePill } from "./stale-pill";
import styles from "./account-panel.module.css";

type AccountValue = AccountDetail["values"][number];

const VALUE_COLUMNS: readonly Column<AccountValue>[] = [
  { id: "tag", header: "Value", card: "lead", sort: (a, b) => a.tag.localeCompare(b.tag), cell: ({ tag }) => tag },
  { id: "currency", header: "Currency", card: "lead", cell: ({ currency }) => currency },
  {
    id: "value",
    header: "Amount",
    align: "right",
    card: "wide",
    cell: ({ value, amount }) => (amount === null && parseDecimal(value) === null ? value : formatMoney(amount)),
  },
  { id: "as_of", header: "As of", align: "right", card: "hidden", cell: ({ as_of }) => <When time={as_of} /> },
];

function figures(account: Account): FactRow[] {
  return [
    ["Net liquidation", formatMoney(account.net_liquidation)],
    ["Daily P&L", <Gain key="daily" value={account.daily_pnl} withArrow />],
    ["Total cash", formatMoney(account.total_cash)],
    ["Unrealized P&L", <Gain key="unrealized" value={account.unrealized_pnl} withArrow />],
    ["Buying power", formatMoney(account.buying_power)],
    ["Realized P&L", <Gain key="realized" value={account.realized_pnl} withArrow />],
    ["Available funds", formatMoney(account.available_funds)],
    ["Initial margin", formatMoney(account.init_margin)],
    ["Gross position value", formatMoney(account.gross_position_value)],
    ["Excess liquidity", formatMoney(account.excess_liquidity)],
    ["Maintenance margin", formatMoney(account.maint_margin)],
  ];
}

export function AccountPanel({ account }: { account: string }) {
  const { data, error } = useAccountDetail(account);
  return (
    <div className={styles.panel}>
      {Boolean(error) && <ErrorNote error={error} />}
      {data && (
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            {data.account} · {data.trading_mode} · amounts in {data.base_currency} · as of <When time={data.as_of} /> · P&amp;L as of{" "}
            <When time={data.pnl_as_of} /> <StalePill isStale={data.is_stale || data.pnl_is_stale} confirmedAt={data.confirmed_at} />
          </Text>
          <Facts rows={figures(data)} />
        </Stack>
      )}
      <EquityChart account={account} />
      <CurrenciesTable account={account} />
      <DataTable
        label="Account values"
        columns={VALUE_COLUMNS}
        rows={data?.values}
        error={undefined}
        rowKey={({ tag, currency }) => `${tag}/${currency}`}
        empty="IB has not reported any values yet."
      />
    </div>
  );
}
