/** Change quantity or prices of a working order. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import Big from "big.js";
import { type SubmitEvent, useState } from "react";

import { DecimalInput } from "@/components/ui/decimal-input";
import { ErrorNote } from "@/components/ui/error-note";
import { ApiError } from "@/lib/api-error";
import { stepByTick } from "@/lib/decimal";
import type { Order } from "@/types/models";

import { useModifyOrder } from "../api/modify-order";
import { changesOf, draftOf, type ModificationDraft, validateModification } from "../modification";
import { describeTicket, wantsLimit, wantsStop } from "../ticket";

/** The desk's instruments are stocks and ETFs; the server knows each one's own tick and has the last word. */
const USUAL_TICK = "0.01";

export function ModifyOrderDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(order));
  const modify = useModifyOrder(order.id);
  const errors = validateModification(draft, order, undefined);
  const changes = changesOf(draft, order);
  const apiError = modify.error instanceof ApiError ? modify.error : null;

  const field = (name: keyof ModificationDraft) => ({
    value: draft[name],
    onChange: (value: string) => setDraft((before) => ({ ...before, [name]: value })),
    error: errors[name] ?? apiError?.fieldMessages(name)[0],
  });
  const stepPrice = (value: Big, steps: number) => stepByTick(value, USUAL_TICK, steps);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (changes === null || Object.keys(errors).length > 0) return;
    modify.mutate(changes, { onSuccess: onClose });
  };

  return (
    <Modal opened onClose={onClose} title="Modify order" size="sm">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {describeTicket(order)}
          </Text>
          <DecimalInput
            label="New quantity"
            {...field("quantity")}
            data-autofocus
            stepBy={(value, steps) => (value.plus(steps).lt(1) ? new Big(1) : value.plus(steps))}
          />
          {wantsStop(order.order_type) && <DecimalInput label="New stop price" {...field("stop_price")} stepBy={stepPrice} />}
          {wantsLimit(order.order_type) && <DecimalInput label="New limit price" {...field("limit_price")} stepBy={stepPrice} />}
          {modify.isError && <ErrorNote error={modify.error} shownFields={["quantity", "limit_price", "stop_price"]} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              Leave as it is
            </Button>
            <Button type="submit" loading={modify.isPending} disabled={changes === null || Object.keys(errors).length > 0}>
              Send change
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
