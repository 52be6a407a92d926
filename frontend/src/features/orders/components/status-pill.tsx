/** An order's status as a word, an icon and a tone. */
import {
  IconAlertCircle, IconArrowsExchange, IconBan, IconCheck, IconCircleDashed, IconClockOff, IconHelpTriangle, IconHourglass, IconPlayerPause, IconProgressCheck, IconX,
} from "@tabler/icons-react";

import { Pill, type Tone } from "@/components/ui/pill";
import type { Order, OrderStatus } from "@/types/models";

interface Look {
  words: string;
  tone: Tone;
  icon: typeof IconCheck;
  hint?: string;
}

/** `unknown` is no failure and no success: IB has not said, and nobody guesses. */
export const STATUS_LOOKS: Record<OrderStatus, Look> = {
  pending_submit: { words: "Sending", tone: "info", icon: IconHourglass },
  working: { words: "Working", tone: "info", icon: IconCircleDashed },
  partially_filled: { words: "Partially filled", tone: "up", icon: IconProgressCheck },
  filled: { words: "Filled", tone: "up", icon: IconCheck },
  pending_replace: { words: "Modifying", tone: "warn", icon: IconArrowsExchange, hint: "Sent to IB; not confirmed yet" },
  pending_cancel: { words: "Cancelling", tone: "warn", icon: IconHourglass, hint: "Sent to IB; the order can still fill" },
  cancelled: { words: "Cancelled", tone: "neutral", icon: IconBan },
  rejected: { words: "Rejected", tone: "down", icon: IconX },
  expired: { words: "Expired", tone: "neutral", icon: IconClockOff },
  unknown: {
    words: "IB has not confirmed",
    tone: "warn",
    icon: IconHelpTriangle,
    hint: "The order may or may not be at IB. It is settled by IB's own records; do not place it again.",
  },
  suspended: { words: "Held by IB", tone: "warn", icon: IconPlayerPause, hint: "IB holds the order inactive; it may come back" },
};

/** A status in running text: "partially filled". */
export function statusWords(status: string): string {
  const words = (STATUS_LOOKS as Partial<Record<string, Look>>)[status]?.words ?? status.replaceAll("_", " ");
  return words.startsWith("IB") ? `unknown: ${words}` : words.toLowerCase().replace(/\bib\b/, "IB");
}

const UNHEARD_OF: Look = { words: "", tone: "neutral", icon: IconAlertCircle };

/** It ended on a person's word, which IB has not confirmed: never to be taken for IB's own. */
function onAWord(look: Look): Look {
  return { ...look, words: `${look.words}, on a person’s word`, tone: "warn", icon: IconHelpTriangle };
}

export function StatusPill({ order }: { order: Pick<Order, "status" | "reject_reason"> & Partial<Pick<Order, "settled_by">> }) {
  const known = (STATUS_LOOKS as Partial<Record<string, Look>>)[order.status] ?? { ...UNHEARD_OF, words: order.status };
  const isAttested = order.settled_by === "person";
  const look = isAttested ? onAWord(known) : known;
  const hint = order.status === "rejected" || isAttested ? (order.reject_reason ?? undefined) : look.hint;
  return (
    <Pill tone={look.tone} icon={look.icon} hint={hint}>
      {look.words}
    </Pill>
  );
}
