/** Everything the gateway says about itself. */
import { ErrorNote } from "@/components/ui/error-note";
import { type FactRow, Facts } from "@/components/ui/facts";
import { When } from "@/components/ui/when";
import type { Gateway } from "@/types/models";

import { useGateway } from "../api/gateway";
import { GATEWAY_LOOKS } from "../words";
import styles from "./gateway-panel.module.css";

function rowsOf(gateway: Gateway): FactRow[] {
  return [
    ["State", GATEWAY_LOOKS[gateway.state].words],
    ["Since", <When key="since" time={gateway.since} />],
    ["Reason", gateway.reason],
    ["Takes orders", gateway.ready ? "Yes" : "No"],
    ["Trading mode", gateway.trading_mode],
    ["Accounts", gateway.accounts.join(", ") || null],
    ["Address", gateway.host === null ? null : `${gateway.host}:${gateway.port ?? "?"}`],
    ["Client id", gateway.client_id],
    ["Server version", gateway.server_version],
    ["Library", gateway.library],
    ["Connected", <When key="connected" time={gateway.connected_at} />],
    ["In sync since", <When key="synced" time={gateway.synced_at} />],
    ["Last heartbeat", <When key="heartbeat" time={gateway.heartbeat_at} />],
    ["Event lag", gateway.lag_seconds === null ? null : `${gateway.lag_seconds} s`],
    ["Next planned restart", <When key="restart" time={gateway.next_restart} />],
  ];
}

export function GatewayPanel() {
  const { data: gateway, error } = useGateway();
  return (
    <div className={styles.panel}>
      {Boolean(error) && <ErrorNote error={error} />}
      {gateway && <Facts rows={rowsOf(gateway)} />}
    </div>
  );
}
