/** The ticket with its instrument search and quote. */
import type { RefObject } from "react";

import { Panel } from "@/components/ui/panel";
import { useGateway } from "@/features/gateway/api/gateway";
import { gatewayObstacle } from "@/features/gateway/words";
import { useQuote } from "@/features/market-data/api/quotes";
import { InstrumentSearch } from "@/features/market-data/components/instrument-search";
import { QuoteStrip } from "@/features/market-data/components/quote-strip";
import { OrderTicket } from "@/features/orders/components/order-ticket";
import { PositionFact } from "@/features/positions/components/position-fact";
import type { OrderTicketControl } from "@/features/orders/hooks/use-order-ticket";
import { termsOf } from "@/features/orders/terms";
import type { Instrument } from "@/types/models";

import type { AccountChoice } from "./use-account-choice";

interface TradePanelProps {
  symbol: string | undefined;
  instrument: Instrument | null;
  ticket: OrderTicketControl;
  choice: AccountChoice;
  searchRef: RefObject<HTMLInputElement | null>;
  quantityRef: RefObject<HTMLInputElement | null>;
  className?: string;
  onChooseSymbol: (symbol: string) => void;
  onOpenOrder: (id: string) => void;
}

export function TradePanel(props: TradePanelProps) {
  const { symbol, instrument, ticket, choice, searchRef, quantityRef, onChooseSymbol } = props;
  const { data: quote = null } = useQuote(symbol);
  const { data: gateway } = useGateway();
  const surroundings = {
    instrument,
    quote,
    account: choice.code,
    tradingMode: choice.account?.trading_mode,
    obstacle: gatewayObstacle(gateway) ?? accountObstacle(choice),
  };

  const takePrice = (price: string) => {
    const { orderType } = ticket.draft;
    const terms = termsOf(orderType);
    const isStop = terms.includes("stop_price") && !terms.includes("limit_price");
    ticket.change(isStop ? { stopPrice: price } : { orderType: "LMT", limitPrice: price });
  };

  return (
    <Panel label="Trade" className={props.className}>
      <OrderTicket
        ticket={ticket}
        surroundings={surroundings}
        quantityRef={quantityRef}
        onOpenOrder={props.onOpenOrder}
        quoteStrip={<QuoteStrip quote={quote} minTick={instrument?.min_tick} onPickPrice={ticket.phase.name === "editing" ? takePrice : undefined} />}
        facts={<PositionFact account={choice.code} conId={instrument?.con_id} />}
        renderSearch={(error) => (
          <InstrumentSearch
            ref={searchRef}
            symbol={symbol}
            error={error}
            onChoose={(chosen) => {
              if (chosen.symbol !== symbol) ticket.change({ limitPrice: "", stopPrice: "" });
              onChooseSymbol(chosen.symbol);
              quantityRef.current?.focus();
            }}
          />
        )}
      />
    </Panel>
  );
}

function accountObstacle({ code, mayTrade }: AccountChoice): string | null {
  if (code === undefined) return "You have no account to trade in. An administrator can grant you one.";
  return mayTrade ? null : `You may look at account ${code} but not trade in it.`;
}
