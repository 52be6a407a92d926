/** The gateway's state in the top bar, with its reason and since when. */
import { Tooltip, UnstyledButton } from "@mantine/core";

import { Pill } from "@/components/ui/pill";
import { formatAge, formatTime } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import type { Gateway } from "@/types/models";

import { useGateway } from "../api/gateway";
import { GATEWAY_LOOKS } from "../words";

export function GatewayPill({ onOpen }: { onOpen: () => void }) {
  const { data: gateway } = useGateway();
  if (gateway === undefined) return <Pill tone="neutral">Gateway …</Pill>;
  const look = GATEWAY_LOOKS[gateway.state];
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

function hintOf({ reason, since }: Gateway): string {
  return [reason, since && `since ${formatTime(since)}`].filter(Boolean).join(", ") || "No further detail";
}

/** A line across the desk while no order can be sent. */
export function GatewayBanner({ className }: { className?: string }) {
  const { data: gateway } = useGateway();
  const now = useNow();
  if (gateway === undefined || gateway.ready) return null;
  const look = GATEWAY_LOOKS[gateway.state];
  const since = gateway.since === null ? null : formatAge(now - Date.parse(gateway.since));
  return (
    <div role="alert" className={className} data-tone={look.tone}>
      <look.icon size={16} aria-hidden />
      <span>
        <strong>{look.words}</strong>
        {since && ` for ${since}`}
        {gateway.reason && `: ${gateway.reason.replace(/\.$/, "")}`}. New orders are refused until it is ready; working orders stay at IB.
      </span>
    </div>
  );
}
