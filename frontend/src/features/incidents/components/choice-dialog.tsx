/** The question before a choice is carried out: what it does, and why where a word takes the place of IB's evidence. */
import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import type { Incident, IncidentChoice } from "@/types/models";

import { useResolveIncident } from "../api/incidents";

const REASON_MIN = 10;

interface ChoiceDialogProps {
  incident: Incident;
  choice: IncidentChoice;
  onClose: () => void;
}

export function ChoiceDialog({ incident, choice, onClose }: ChoiceDialogProps) {
  const [reason, setReason] = useState("");
  const resolve = useResolveIncident();
  const isShort = choice.needs_reason && reason.trim().length < REASON_MIN;
  return (
    <Modal opened onClose={onClose} title={`${choice.label}?`} size="md" zIndex={400}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isShort) resolve.mutate({ incident, choice: choice.choice, reason: reason.trim() }, { onSuccess: onClose });
        }}
      >
        <Stack gap="md">
          <Text size="sm">{choice.hint}</Text>
          {choice.needs_reason && (
            <Textarea
              label="How do you know?"
              description={`At least ${REASON_MIN} characters. It is kept for good, with your name.`}
              required
              rows={3}
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              data-autofocus
            />
          )}
          {resolve.isError && <ErrorNote error={resolve.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" color={choice.needs_reason ? "red" : undefined} disabled={isShort} loading={resolve.isPending}>
              {choice.label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
