/** The gateway's states in words, and what stands in the way of an order. */
import { IconAlertTriangle, IconPlugConnected, IconPlugConnectedX, IconRefresh } from "@tabler/icons-react";

import type { Tone } from "@/components/ui/pill";
import type { Gateway } from "@/types/models";

interface Look {
  words: string;
  tone: Tone;
  icon: typeof IconRefresh;
  isBusy?: boolean;
}

export const GATEWAY_LOOKS: Record<Gateway["state"], Look> = {
  ready: { words: "Gateway ready", tone: "up", icon: IconPlugConnected },
  connecting: { words: "Gateway connecting", tone: "warn", icon: IconRefresh, isBusy: true },
  syncing: { words: "Gateway syncing", tone: "warn", icon: IconRefresh, isBusy: true },
  degraded: { words: "Gateway degraded", tone: "warn", icon: IconAlertTriangle },
  disconnected: { words: "Gateway disconnected", tone: "down", icon: IconPlugConnectedX },
};

const WHY: Record<Gateway["state"], string> = {
  ready: "",
  connecting: "The gateway is connecting to IB.",
  syncing: "The gateway is catching up with IB.",
  degraded: "The gateway's connection is impaired.",
  disconnected: "The gateway is not connected to IB.",
};

/** Why no order can be sent now; null when one can. */
export function gatewayObstacle(gateway: Gateway | undefined): string | null {
  if (gateway === undefined) return "The state of the gateway is not known yet.";
  if (gateway.ready) return null;
  const reason = gateway.reason ? ` ${gateway.reason.replace(/\.?$/, ".")}` : "";
  return `${WHY[gateway.state] || "The gateway is not ready."}${reason} New orders are refused until it is ready.`;
}
