/** Says that nobody knows any more whether figures still stand. */
import { IconClockExclamation } from "@tabler/icons-react";

import { Pill } from "@/components/ui/pill";
import { formatFullTime } from "@/lib/format";

export function StalePill({ isStale, confirmedAt }: { isStale: boolean; confirmedAt: string | null }) {
  if (!isStale) return null;
  const since = confirmedAt === null ? "never confirmed" : `last confirmed ${formatFullTime(confirmedAt)}`;
  return (
    <Pill tone="warn" icon={IconClockExclamation} hint={`The stream from IB is not up: these are the last figures known (${since})`}>
      stale
    </Pill>
  );
}
