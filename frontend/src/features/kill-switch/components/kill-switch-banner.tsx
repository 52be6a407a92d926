/** A line across every page while the kill switch is engaged: who, when, why, and what is left to do. */
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHandStop } from "@tabler/icons-react";

import { formatFullTime } from "@/lib/format";
import type { KillSwitch } from "@/types/models";

import { useKillSwitch } from "../api/kill-switch";
import { KillSwitchDialog } from "./kill-switch-dialog";

export function KillSwitchBanner({ className }: { className?: string }) {
  const { data: killSwitch } = useKillSwitch();
  const [isOpen, { open, close }] = useDisclosure(false);
  if (!killSwitch?.engaged) return null;
  return (
    <div role="alert" className={className} data-tone="down">
      <IconHandStop size={18} aria-hidden />
      <span>
        <strong>Kill switch engaged</strong> by {killSwitch.changed_by}
        {killSwitch.changed_at !== null && ` at ${formatFullTime(killSwitch.changed_at)}`}: {killSwitch.reason}. No new order is sent. {leftOf(killSwitch)}
      </span>
      {killSwitch.may_release && (
        <Button size="compact-xs" variant="outline" color="red" onClick={open} style={{ flex: "none" }}>
          Release
        </Button>
      )}
      {isOpen && <KillSwitchDialog killSwitch={killSwitch} engage={false} onClose={close} />}
    </div>
  );
}

function leftOf({ cancel_orders, flatten, cancelled_at, flat_at, orders_left_count, positions_left_count, orders_left, positions_left }: KillSwitch): string {
  if (!cancel_orders) return "Working orders stay.";
  if (flatten ? flat_at !== null : cancelled_at !== null) return flatten ? "All is cancelled and flat." : "No order is left.";
  const left = [`${orders_left_count} ${orders_left_count === 1 ? "order" : "orders"}`];
  if (flatten) left.push(`${positions_left_count} ${positions_left_count === 1 ? "position" : "positions"}`);
  const notes = [...orders_left, ...positions_left].flatMap(({ symbol, note }) => (note === null ? [] : [`${symbol}: ${note}`]));
  return `Left in your accounts: ${left.join(", ")}.${notes.length > 0 ? ` ${notes.slice(0, 2).join("; ")}.` : ""}`;
}
