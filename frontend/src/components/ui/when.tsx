/** A moment: short on the page, complete on hover and for machines. */
import { formatFullTime, formatTime } from "@/lib/format";

export function When({ time }: { time: string | null | undefined }) {
  return (
    <time dateTime={time ?? undefined} title={formatFullTime(time)} style={{ whiteSpace: "nowrap" }}>
      {formatTime(time)}
    </time>
  );
}
