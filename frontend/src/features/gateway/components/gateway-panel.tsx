/** Everything the gateway says about itself: how it is, what is wrong, then the figures. */
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { type FactRow, Facts } from "@/components/ui/facts";
import { Pill } from "@/components/ui/pill";
import { When } from "@/components/ui/when";
import type { Gateway } from "@/types/models";

import { useGateway } from "../api/gateway";
import { adviceOf, lookOf, reasonOf } from "../words";
import styles from "./gateway-panel.module.css";

export function GatewayPanel() {
  const { data: gateway, error } = useGateway();
  return (
    <div className={styles.panel}>
      {Boolean(error) && <ErrorNote error={error} />}
      {gateway && (
        <>
          <Now gateway={gateway} />
          <Facts rows={planRows(gateway)} />
          <h3 className={styles.title}>Connection</h3>
          <Facts rows={connectionRows(gateway)} />
        </>
      )}
    </div>
  );
}

function Now({ gateway }: { gateway: Gateway }) {
  const look = lookOf(gateway);
  const reason = reasonOf(gateway);
  const advice = adviceOf(gateway);
  return (
    <div className={styles.now}>
      <div className={styles.state}>
        <Pill tone={look.tone} icon={look.icon} isBusy={look.isBusy}>
          {look.words}
        </Pill>
        <span className={styles.since}>
          since <When time={gateway.since} />
        </span>
      </div>
      {reason !== null && <p>{reason}</p>}
      {advice !== null && <p>{advice}</p>}
      <Troubles gateway={gateway} />
    </div>
  );
}

function Troubles({ gateway: { farms_down, clock_note, clock_since } }: { gateway: Gateway }) {
  return (
    <>
      {farms_down.map(({ farm, kind, since }) => (
        <Trouble key={`${kind} ${farm}`} since={since}>
          IB&apos;s data farm {farm} ({kind}) is down
        </Trouble>
      ))}
      {clock_note !== null && <Trouble since={clock_since}>{clock_note}</Trouble>}
    </>
  );
}

function Trouble({ since, children }: { since: string | null; children: ReactNode }) {
  return (
    <p className={styles.trouble}>
      <IconAlertTriangle size={15} aria-hidden />
      <span>
        {children}, since <When time={since} />
      </span>
    </p>
  );
}

function planRows(gateway: Gateway): FactRow[] {
  const { planned_until, next_restart, next_restart_name } = gateway;
  return [
    ["Takes orders", gateway.ready ? "Yes" : gateway.takes_cancels ? "Cancels only" : "No"],
    ...(planned_until === null ? [] : [["Planned until", <When key="planned" time={planned_until} />] satisfies FactRow]),
    ["Next interruption", next_restart === null ? "None is configured" : <Lines key="restart" first={<When time={next_restart} />} then={next_restart_name} />],
    ["Standing by", gateway.standbys.length === 0 ? "No second gateway" : gateway.standbys.map((standby) => <Standby key={`${standby.host} ${standby.pid}`} {...standby} />)],
  ];
}

function Lines({ first, then }: { first: ReactNode; then: ReactNode }) {
  return (
    <>
      {first}
      {then && <div className={styles.since}>{then}</div>}
    </>
  );
}

function Standby({ host, pid, since }: Gateway["standbys"][number]) {
  const where = <>{host && `${host}, `}process {pid}</>;
  return <Lines first={<>since <When time={since} /></>} then={where} />;
}

function connectionRows(gateway: Gateway): FactRow[] {
  return [
    ["Trading mode", gateway.trading_mode],
    ["Accounts", gateway.accounts.join(", ") || null],
    ["Address", gateway.host === null ? null : `${gateway.host}:${gateway.port ?? "?"}`],
    ["Client id", gateway.client_id],
    ["Connected", <When key="connected" time={gateway.connected_at} />],
    ["In sync since", <When key="synced" time={gateway.synced_at} />],
    ["Last heartbeat", <When key="heartbeat" time={gateway.heartbeat_at} />],
    ["Event lag", gateway.lag_seconds === null ? null : `${gateway.lag_seconds} s`],
    ["Server version", gateway.server_version],
    ["Library", gateway.library],
  ];
}
