/** Whether what is on screen is live. */
import { IconBolt, IconBoltOff, IconRefresh } from "@tabler/icons-react";

import { Pill } from "@/components/ui/pill";
import { formatAge } from "@/lib/format";
import { useLiveStatus } from "@/lib/live-status";
import { useNow } from "@/lib/use-now";

/** Without the stream for this long, what is shown counts as stale (it is still polled). */
const STALE_AFTER_MS = 10_000;

export function LivePill() {
  const { state, since, attempts } = useLiveStatus();
  const age = useNow() - since;
  return (
    <span role="status" aria-label="Live stream">
      {state === "live" ? (
        <Pill tone="up" icon={IconBolt} hint="Orders, fills, positions and quotes arrive as they happen">
          Live
        </Pill>
      ) : age > STALE_AFTER_MS ? (
        <Pill tone="down" icon={IconBoltOff} hint={`No stream for ${formatAge(age)}, ${attempts} attempts; the desk is asked every few seconds instead`}>
          Stale
        </Pill>
      ) : (
        <Pill tone="warn" icon={IconRefresh} isBusy>
          {state === "connecting" ? "Connecting" : "Reconnecting"}
        </Pill>
      )}
    </span>
  );
}
