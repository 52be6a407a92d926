/** Keys that work anywhere on the desk except inside a field. */
import { useHotkeys } from "@mantine/hooks";
import type { RefObject } from "react";

import type { OrderTicketControl } from "@/features/orders/hooks/use-order-ticket";
import type { Side } from "@/types/models";

import { VIEWS, type View } from "../routes/search";

interface DeskHotkeys {
  ticket: OrderTicketControl;
  searchRef: RefObject<HTMLInputElement | null>;
  quantityRef: RefObject<HTMLInputElement | null>;
  onView: (view: View) => void;
  onTrade: () => void;
  onHelp: () => void;
}

export function useDeskHotkeys({ ticket, searchRef, quantityRef, onView, onTrade, onHelp }: DeskHotkeys): void {
  /** The field may only be drawn by the change that led to it. */
  const focusSoon = (ref: RefObject<HTMLInputElement | null>) => setTimeout(() => ref.current?.focus());

  const start = (side: Side) => () => {
    ticket.startNew({ side });
    onTrade();
    focusSoon(quantityRef);
  };
  const search = () => {
    ticket.goBack();
    onTrade();
    focusSoon(searchRef);
  };

  useHotkeys([
    ["b", start("BUY")],
    ["s", start("SELL")],
    ["/", search, { usePhysicalKeys: false }],
    ["shift+?", onHelp, { usePhysicalKeys: false }],
    ["?", onHelp, { usePhysicalKeys: false }],
    ...VIEWS.map((view, index): [string, () => void] => [String(index + 1), () => onView(view)]),
  ]);
}
