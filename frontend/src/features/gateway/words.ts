/** The gateway's states in words, and what stands in the way of an order. */
import { IconAlertTriangle, IconCalendarPause, IconKey, IconPlugConnected, IconPlugConnectedX, IconRefresh } from "@tabler/icons-react";

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
  waiting_for_login: { words: "Gateway waits for login", tone: "down", icon: IconKey },
  syncing: { words: "Gateway syncing", tone: "warn", icon: IconRefresh, isBusy: true },
  degraded: { words: "Gateway degraded", tone: "warn", icon: IconAlertTriangle },
  disconnected: { words: "Gateway disconnected", tone: "down", icon: IconPlugConnectedX },
  standby: { words: "Gateway standing by", tone: "neutral", icon: IconRefresh },
};

const PLANNED: Look = { words: "Planned interruption", tone: "warn", icon: IconCalendarPause };

/** How the gateway looks now: what is away by plan is no fault. */
export function lookOf({ state, planned_until }: Pick<Gateway, "state" | "planned_until">): Look {
  return planned_until === null || state === "waiting_for_login" ? GATEWAY_LOOKS[state] : PLANNED;
}

const WHY: Record<Gateway["state"], string> = {
  ready: "",
  connecting: "The gateway is connecting to IB.",
  waiting_for_login: "IB Gateway waits for somebody to sign in.",
  syncing: "The gateway is catching up with IB.",
  degraded: "The gateway's connection is impaired.",
  disconnected: "The gateway is not connected to IB.",
  standby: "This gateway stands by.",
};

/** Why no order can be sent now; null when one can. */
export function gatewayObstacle(gateway: Gateway | undefined): string | null {
  if (gateway === undefined) return "The state of the gateway is not known yet.";
  if (gateway.ready) return null;
  const reason = reasonOf(gateway);
  // a planned interruption's reason says itself what is refused and until when
  if (gateway.planned_until !== null) return reason ?? "A planned interruption is under way.";
  const why = gateway.state === "waiting_for_login" && reason !== null ? "" : WHY[gateway.state] || "The gateway is not ready.";
  return [why, reason, "New orders are refused until it is ready."].filter(Boolean).join(" ");
}

/** The reason as a sentence, without the word that the look says already. */
export function reasonOf({ reason }: Pick<Gateway, "reason">): string | null {
  if (!reason) return null;
  const sentence = reason.replace(/^Planned: /, "").replace(/\.?$/, ".");
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** What a person can do about the state, if anything. */
export function adviceOf({ state, planned_until }: Pick<Gateway, "state" | "planned_until">): string | null {
  if (state === "waiting_for_login") return "Sign in to IB Gateway and confirm the second factor; the desk connects by itself within seconds.";
  return planned_until === null ? null : "Nothing has to be done: it ends by itself, and everything is compared with IB before orders go again.";
}
