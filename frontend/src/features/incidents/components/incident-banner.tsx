/** A line across the desk while something waits for a person's decision. */
import { Button } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import { useOpenIncidents } from "../api/incidents";

export function IncidentBanner({ className, onOpen }: { className?: string; onOpen: () => void }) {
  const { data: incidents = [] } = useOpenIncidents();
  const waiting = incidents.filter((incident) => incident.acknowledged_at === null);
  const first = waiting[0] ?? incidents[0];
  if (first === undefined) return null;
  const isLoud = waiting.some((incident) => incident.severity === "critical");
  const others = (waiting.length || incidents.length) - 1;
  return (
    <div role={waiting.length > 0 ? "alert" : "status"} className={className} data-tone={isLoud ? "down" : "warn"}>
      <IconAlertTriangle size={16} aria-hidden />
      <span>
        <strong>{first.title}</strong>
        {typeof first.evidence.order === "object" && orderWords(first.evidence.order as Record<string, unknown>)}
        {others > 0 && `, and ${others} more`}.{waiting.length === 0 && " Acknowledged; it stays open until IB's evidence settles it."}
      </span>
      <Button size="compact-xs" variant="outline" color={isLoud ? "red" : "yellow"} onClick={onOpen} style={{ flex: "none" }}>
        {waiting.length > 0 ? "Evidence and choices" : "Look"}
      </Button>
    </div>
  );
}

function orderWords(order: Record<string, unknown>): string {
  const words = ["side", "quantity", "symbol"].map((name) => order[name]).filter((word) => typeof word === "string");
  return words.length === 0 ? "" : `: ${words.join(" ")}`;
}
