/** The desk: ticket, chart and tables, put together from the features. */
import { Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useRef } from "react";

import { Panel } from "@/components/ui/panel";
import { sessionQuery } from "@/features/auth/api/session";
import { GatewayBanner } from "@/features/gateway/components/gateway-pill";
import { IncidentBanner } from "@/features/incidents/components/incident-banner";
import { IncidentsDrawer } from "@/features/incidents/components/incidents-drawer";
import { KillSwitchBanner } from "@/features/kill-switch/components/kill-switch-banner";
import { useInstrument } from "@/features/market-data/api/instruments";
import { ChartPanel } from "@/features/market-data/components/chart-panel";
import { useOrderTicket } from "@/features/orders/hooks/use-order-ticket";
import { parseDecimal, signOf, toPlain } from "@/lib/decimal";
import type { Me, Position } from "@/types/models";

import { Blotter } from "../desk/blotter";
import { OrderDrawer } from "../desk/order-drawer";
import { TradePanel } from "../desk/trade-panel";
import { useAccountChoice } from "../desk/use-account-choice";
import { useChartMarks } from "../desk/use-chart-marks";
import { useDeskHotkeys } from "../desk/use-desk-hotkeys";
import { useDeskSearch } from "../desk/use-desk-search";
import { LiveUpdates } from "../live/live-updates";
import { BottomNav } from "../shell/bottom-nav";
import { ShortcutsHelp } from "../shell/shortcuts-help";
import { TopBar } from "../shell/top-bar";
import styles from "./desk.module.css";

export function DeskRoute() {
  const router = useRouter();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const leave = useCallback(() => void router.invalidate(), [router]);
  useEffect(() => {
    if (!session.authenticated) leave();
  }, [session.authenticated, leave]);
  return session.user && <Desk user={session.user} onSignedOut={leave} />;
}

function Desk({ user, onSignedOut }: { user: Me; onSignedOut: () => void }) {
  const [search, update] = useDeskSearch();
  const view = search.view ?? "trade";
  const choice = useAccountChoice(search.account, user);
  const { data: instrument = null } = useInstrument(search.symbol);
  const marks = useChartMarks(instrument?.con_id, choice.code);
  const ticket = useOrderTicket();
  const searchRef = useRef<HTMLInputElement>(null);
  const quantityRef = useRef<HTMLInputElement>(null);
  const [isHelpOpen, help] = useDisclosure(false);
  const [areIncidentsOpen, incidents] = useDisclosure(false);
  const { startNew } = ticket;

  const openOrder = useCallback((order: string) => update({ order }), [update]);
  const chooseSymbol = useCallback((symbol: string) => update({ symbol }), [update]);
  const closePosition = useCallback(
    ({ symbol, quantity }: Position) => {
      const amount = parseDecimal(quantity)?.abs();
      startNew({ side: signOf(quantity) === 1 ? "SELL" : "BUY", quantity: amount ? toPlain(amount) : "", orderType: "MKT", outsideRth: false });
      update({ symbol, view: window.matchMedia("(max-width: 48em)").matches ? "trade" : "positions" });
      setTimeout(() => quantityRef.current?.focus());
    },
    [startNew, update],
  );
  useDeskHotkeys({
    ticket, searchRef, quantityRef, onHelp: help.open,
    onView: (next) => update({ view: next }),
    onTrade: () => view !== "trade" && window.matchMedia("(max-width: 48em)").matches && update({ view: "trade" }),
  });

  return (
    <div className={styles.desk} data-view={view}>
      <LiveUpdates />
      <a className={styles.skip} href="#ticket">
        Skip to the order ticket
      </a>
      <TopBar
        user={user}
        accounts={choice.accounts}
        account={choice.account}
        onChooseAccount={(account) => update({ account })}
        onSignedOut={onSignedOut}
        onHelp={help.open}
        onGateway={() => update({ view: "gateway" })}
      />
      <KillSwitchBanner className={styles.banner} />
      <GatewayBanner className={styles.banner} />
      <IncidentBanner className={styles.banner} onOpen={incidents.open} />
      <main className={styles.main}>
        <div className={styles.ticket} id="ticket">
          <TradePanel
            symbol={search.symbol}
            {...{ instrument, ticket, choice, searchRef, quantityRef }}
            onChooseSymbol={chooseSymbol}
            onOpenOrder={openOrder}
          />
        </div>
        <div className={styles.chart}>
          {instrument ? <ChartPanel instrument={instrument} marks={marks} className={styles.fill} /> : <NoInstrument symbol={search.symbol} />}
        </div>
        <div className={styles.blotter}>
          <Blotter
            className={styles.fill}
            view={view === "trade" ? "working" : view}
            account={choice.code}
            status={search.status}
            onView={(next) => update({ view: next })}
            onStatus={(status) => update({ status })}
            onOpenOrder={openOrder}
            onChooseSymbol={chooseSymbol}
            onClosePosition={closePosition}
          />
        </div>
      </main>
      <BottomNav view={view} onView={(next) => update({ view: next })} />
      <IncidentsDrawer isOpen={areIncidentsOpen} onClose={incidents.close} onOpenOrder={openOrder} />
      <OrderDrawer orderId={search.order} onClose={() => update({ order: undefined })} />
      <ShortcutsHelp isOpen={isHelpOpen} onClose={help.close} />
    </div>
  );
}

function NoInstrument({ symbol }: { symbol: string | undefined }) {
  return (
    <Panel label="Chart" className={styles.fill}>
      <Text c="dimmed" m="auto" p="lg" ta="center">
        {symbol === undefined ? "Choose an instrument to see its chart. Press / to search." : `No instrument bears the symbol ${symbol}.`}
      </Text>
    </Panel>
  );
}
