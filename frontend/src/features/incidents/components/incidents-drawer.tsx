/** Every open incident with its evidence and what can be done about it. */
import { Button, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconHourglass } from "@tabler/icons-react";
import { useState } from "react";

import { Pill } from "@/components/ui/pill";
import { When } from "@/components/ui/when";
import type { Incident, IncidentChoice } from "@/types/models";

import { useOpenIncidents } from "../api/incidents";
import { ChoiceDialog } from "./choice-dialog";
import { IncidentEvidence } from "./incident-evidence";
import styles from "./incidents.module.css";

interface IncidentsDrawerProps {
  isOpen: boolean;
  onClose: () => void;
  onOpenOrder: (order: string) => void;
}

export function IncidentsDrawer({ isOpen, onClose, onOpenOrder }: IncidentsDrawerProps) {
  const { data: incidents = [] } = useOpenIncidents();
  return (
    <Drawer opened={isOpen} onClose={onClose} position="right" size="lg" title="Incidents" classNames={{ content: styles.drawer, header: styles.drawer }}>
      <Stack gap="lg">
        {incidents.length === 0 && <Text size="sm">Nothing waits for a decision: IB has spoken about everything.</Text>}
        {incidents.map((incident) => (
          <IncidentCard key={incident.id} incident={incident} onOpenOrder={onOpenOrder} />
        ))}
      </Stack>
    </Drawer>
  );
}

function IncidentCard({ incident, onOpenOrder }: { incident: Incident; onOpenOrder: (order: string) => void }) {
  const [asked, ask] = useState<IncidentChoice | null>(null);
  const { order_id: orderId } = incident;
  return (
    <article className={styles.card} aria-label={incident.title}>
      <Group gap="xs" justify="space-between">
        <Title order={3} size="h5">
          {incident.title}
        </Title>
        {incident.acknowledged_at === null ? (
          <Pill tone={incident.severity === "critical" ? "down" : "warn"} icon={IconAlertTriangle}>
            {incident.severity === "critical" ? "Needs a decision" : "Waits for an answer"}
          </Pill>
        ) : (
          <Pill tone="neutral" icon={IconHourglass}>
            {incident.acknowledged_by ?? "Somebody"} waits
          </Pill>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {incident.account ?? "All accounts"} · since <When time={incident.opened_at} />
      </Text>
      <IncidentEvidence incident={incident} />
      <Group gap="xs" className={styles.choices}>
        {orderId !== null && (
          <Button size="compact-sm" variant="subtle" onClick={() => onOpenOrder(orderId)}>
            Open the order
          </Button>
        )}
        {incident.choices.map((choice) => (
          <Button key={choice.choice} size="compact-sm" variant={choice.needs_reason ? "outline" : "default"} color={choice.needs_reason ? "red" : undefined} onClick={() => ask(choice)}>
            {choice.label}
          </Button>
        ))}
      </Group>
      {asked && <ChoiceDialog incident={incident} choice={asked} onClose={() => ask(null)} />}
    </article>
  );
}
