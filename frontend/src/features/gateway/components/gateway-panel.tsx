/** Everything the gateway says about itself. */
import { ErrorNote } from "@/components/ui/error-note";
import { type FactRow, Facts } from "@/components/ui/facts";
import { When } from "@/components/ui/when";
import type { Gateway } from "@/types/models";

import { useGateway } from "../api/gateway";
import { lookOf } from "../words";
import styles from "./gateway-panel.module.css";

function rowsOf(gateway: Gateway): FactRow[] {
  return [
    ["State", lookOf(gateway).words],
    ["Since", <When key="since" time={gateway.since} />],
    ["Reason", gateway.reason],
    ["Takes orders", gateway.ready ? "Yes" : gateway.takes_cancels ? "Cancels only" : "No"],
    ["Planned until", gateway.planned_until === null ? null : <When key="planned" time={gateway.planned_until} />],
    ["Next planned interruption", <NextInterruption key="restart" gateway={gateway} />],
    ["Data farms down", <FarmsDown key="farms" gateway={gateway} />],
    ["Standing by", <Standbys key="standbys" gateway={gateway} />],
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
  ];
}

function NextInterruption({ gateway: { next_restart, next_restart_name } }: { gateway: Gateway }) {
  if (next_restart === null) return "None is configured";
  return (
    <>
      <When time={next_restart} /> {next_restart_name}
    </>
  );
}

function FarmsDown({ gateway: { farms_down } }: { gateway: Gateway }) {
  if (farms_down.length === 0) return "None";
  return farms_down.map(({ farm, kind, since }) => (
    <div key={`${kind} ${farm}`}>
      {farm} ({kind}) since <When time={since} />
    </div>
  ));
}

function Standbys({ gateway: { standbys } }: { gateway: Gateway }) {
  if (standbys.length === 0) return "No second gateway";
  return standbys.map(({ host, pid, since }) => (
    <div key={`${host} ${pid}`} title={host}>
      Process {pid} since <When time={since} />
    </div>
  ));
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
