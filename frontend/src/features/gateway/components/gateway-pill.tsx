/** The gateway's state in the top bar, with its reason and since when. */
import { Tooltip, UnstyledButton } from "@mantine/core";

import { Pill } from "@/components/ui/pill";
import { formatAge, formatFullTime, formatTime } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import type { Gateway } from "@/types/models";

import { useGateway } from "../api/gateway";
import { lookOf, reasonOf } from "../words";

export function GatewayPill({ onOpen }: { onOpen: () => void }) {
  const { data: gateway } = useGateway();
  if (gateway === undefined) return <Pill tone="neutral">Gateway …</Pill>;
  const look = lookOf(gateway);
  return (
    <span role="status" aria-label="Gateway state">
      <Tooltip label={hintOf(gateway)} multiline maw={320}>
        <UnstyledButton onClick={onOpen}>
          <Pill tone={look.tone} icon={look.icon} isBusy={look.isBusy}>
            {look.words}
          </Pill>
        </UnstyledButton>
      </Tooltip>
    </span>
  );
}

function hintOf({ reason, since, next_restart, next_restart_name, planned_until }: Gateway): string {
  const ahead = next_restart !== null && planned_until === null && `next: ${next_restart_name ?? "restart"} ${formatFullTime(next_restart)}`;
  return [reason, since && `since ${formatTime(since)}`, ahead].filter(Boolean).join(", ") || "No further detail";
}

/** A line across the desk while no order can be sent. */
export function GatewayBanner({ className }: { className?: string }) {
  const { data: gateway } = useGateway();
  const now = useNow();
  if (gateway === undefined || gateway.ready) return null;
  const look = lookOf(gateway);
  const since = gateway.since === null ? null : formatAge(now - Date.parse(gateway.since));
  return (
    <div role="alert" className={className} data-tone={look.tone}>
      <look.icon size={16} aria-hidden />
      <span>
        <strong>{look.words}</strong>
        {since && ` for ${since}`}: {reasonOf(gateway)} {restOf(gateway)}
      </span>
    </div>
  );
}

function restOf({ planned_until, takes_cancels }: Gateway): string {
  const stay = `orking orders stay at IB${takes_cancels ? " and can be cancelled" : ""}.`;
  return planned_until === null ? `New orders are refused until it is ready; w${stay}` : `W${stay}`;
}
