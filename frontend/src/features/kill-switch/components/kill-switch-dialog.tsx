/** The question before the switch is moved: what follows, and why. */
import { Button, Checkbox, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import type { KillSwitch } from "@/types/models";

import { useMoveKillSwitch } from "../api/kill-switch";

const REASON_MAX = 500;

export function KillSwitchDialog({ killSwitch, engage, onClose }: { killSwitch: KillSwitch; engage: boolean; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [cancels, setCancels] = useState(true);
  const [flattens, setFlattens] = useState(false);
  const move = useMoveKillSwitch();
  const isEmpty = reason.trim() === "";
  return (
    <Modal opened onClose={onClose} title={engage ? "Stop all trading?" : "Release the kill switch?"} size="md" zIndex={400}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isEmpty) return;
          move.mutate({ engaged: engage, cancel_orders: cancels, flatten: cancels && flattens, reason: reason.trim() }, { onSuccess: onClose });
        }}
      >
        <Stack gap="md">
          <Text size="sm">
            {engage
              ? "From now on no new order is sent, in no account and for nobody, and no change that adds risk, until a risk manager releases the switch."
              : "Orders are taken again from now on. Nothing that was stopped or cancelled comes back."}
          </Text>
          {engage && (
            <Stack gap="xs">
              <Checkbox label="Cancel every working order" checked={cancels} onChange={(event) => setCancels(event.currentTarget.checked)} />
              <Checkbox
                label="Close every position by market orders"
                description={killSwitch.may_flatten ? "Needs the cancels. At whatever price the market gives." : "Takes a trader or risk manager of every account."}
                disabled={!cancels || !killSwitch.may_flatten}
                checked={cancels && flattens}
                onChange={(event) => setFlattens(event.currentTarget.checked)}
              />
            </Stack>
          )}
          <Textarea
            label="Why?"
            description="It is kept for good, with your name."
            required
            rows={2}
            maxLength={REASON_MAX}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-autofocus
          />
          {move.isError && <ErrorNote error={move.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Back
            </Button>
            <Button type="submit" color={engage ? "red" : undefined} disabled={isEmpty} loading={move.isPending}>
              {engage ? "Stop all trading" : "Release"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
