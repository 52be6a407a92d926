/** Cash and worth by currency, and what they are in base currency by IB's rates. */
import { Text } from "@mantine/core";

import { type Column, DataTable } from "@/components/ui/data-table";
import { Gain } from "@/components/ui/gain";
import { When } from "@/components/ui/when";
import { formatMoney, formatQuantity } from "@/lib/format";
import type { AccountCurrencies } from "@/types/models";

import { useCurrencies } from "../api/equity";

type Row = AccountCurrencies["currencies"][number];

const COLUMNS: readonly Column<Row>[] = [
  { id: "currency", header: "Currency", card: "lead", cell: ({ currency, is_base }) => (is_base ? `${currency} (base)` : currency) },
  { id: "cash", header: "Cash", align: "right", card: "lead", cell: ({ cash }) => formatMoney(cash) },
  { id: "net", header: "Net liquidation", align: "right", cell: ({ net_liquidation }) => formatMoney(net_liquidation) },
  { id: "unrealized", header: "Unrealized P&L", align: "right", cell: ({ unrealized_pnl }) => <Gain value={unrealized_pnl} /> },
  { id: "realized", header: "Realized P&L", align: "right", cell: ({ realized_pnl }) => <Gain value={realized_pnl} /> },
  { id: "rate", header: "Rate", align: "right", cell: ({ exchange_rate }) => formatQuantity(exchange_rate) },
  { id: "in_base", header: "Net in base", align: "right", cell: ({ in_base }) => formatMoney(in_base.net_liquidation) },
  { id: "as_of", header: "As of", align: "right", cell: ({ as_of }) => <When time={as_of} /> },
];

export function CurrenciesTable({ account }: { account: string }) {
  const { data, error } = useCurrencies(account);
  return (
    <section aria-label="Values by currency">
      <Text fw={600} size="sm">
        By currency
      </Text>
      <DataTable label="Currencies" columns={COLUMNS} rows={data?.currencies} error={error} rowKey={({ currency }) => currency} empty="IB has not reported any currency yet." />
    </section>
  );
}
