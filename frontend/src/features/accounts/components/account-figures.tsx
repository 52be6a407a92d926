/** The three figures a trader glances at all day. */
import { Gain } from "@/components/ui/gain";
import { formatMoney } from "@/lib/format";
import type { Account } from "@/types/models";

import styles from "./account-figures.module.css";

export function AccountFigures({ account }: { account: Account | undefined }) {
  const currency = account?.base_currency ?? "";
  return (
    <dl className={styles.figures} aria-label="Account figures">
      <div>
        <dt>Day P&amp;L</dt>
        <dd>
          <Gain value={account?.daily_pnl} withArrow />
        </dd>
      </div>
      <div>
        <dt>Net liq.</dt>
        <dd>
          {formatMoney(account?.net_liquidation)} <small>{currency}</small>
        </dd>
      </div>
      <div>
        <dt>Buying power</dt>
        <dd>
          {formatMoney(account?.buying_power)} <small>{currency}</small>
        </dd>
      </div>
    </dl>
  );
}
