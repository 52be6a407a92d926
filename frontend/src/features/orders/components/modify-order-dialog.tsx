/** Change quantity, prices, date or hours of a working order. */
import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import Big from "big.js";
import { type SubmitEvent, useState } from "react";

import { DecimalInput } from "@/components/ui/decimal-input";
import { ErrorNote } from "@/components/ui/error-note";
import { ApiError } from "@/lib/api-error";
import { stepByTick } from "@/lib/decimal";
import type { Order } from "@/types/models";

import { useModifyOrder } from "../api/modify-order";
import { changeableTerms, changesOf, draftOf, type ModificationDraft, validateModification } from "../modification";
import { hoursObstacle, isTrailing, PRICE_TERMS, type PriceTerm, termName } from "../terms";
import { describeTicket } from "../ticket";

/** The desk's instruments are stocks and ETFs; the server knows each one's own tick and has the last word. */
const USUAL_TICK = "0.01";

/** The stop of a trailing order stands where IB has moved it. */
function newName(term: PriceTerm, type: string): string {
  if (term === "stop_price" && isTrailing(type)) return "New stop price";
  return `New ${termName(term, type).toLowerCase().replace(" (optional)", "")}`;
}

export function ModifyOrderDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  // what was there when the dialog opened: a stop that trails on meanwhile is nobody's wish
  const [base] = useState(order);
  const [draft, setDraft] = useState(() => draftOf(base));
  const modify = useModifyOrder(order.id);
  const errors = validateModification(draft, base, undefined);
  const changes = changesOf(draft, base);
  const apiError = modify.error instanceof ApiError ? modify.error : null;

  const change = (changed: Partial<ModificationDraft>) => setDraft((before) => ({ ...before, ...changed }));
  const errorOf = (name: keyof ModificationDraft) => errors[name] ?? apiError?.fieldMessages(name)[0];
  const field = (name: PriceTerm | "quantity") => ({
    value: draft[name],
    onChange: (value: string) => change({ [name]: value }),
    error: errorOf(name),
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
          {changeableTerms(order).map((term) => (
            <DecimalInput key={term} label={newName(term, order.order_type)} {...field(term)} stepBy={stepPrice} />
          ))}
          {order.time_in_force === "GTD" && (
            <TextInput
              type="datetime-local"
              step={1}
              label="New good till (UTC)"
              value={draft.good_till_date}
              onChange={(event) => change({ good_till_date: event.currentTarget.value })}
              error={errorOf("good_till_date")}
            />
          )}
          {hoursObstacle(order.order_type) === undefined && order.time_in_force !== "OPG" && (
            <Checkbox
              label="Outside regular trading hours"
              size="xs"
              checked={draft.outside_rth}
              onChange={(event) => change({ outside_rth: event.currentTarget.checked })}
              error={errorOf("outside_rth")}
            />
          )}
          {modify.isError && <ErrorNote error={modify.error} shownFields={["quantity", ...PRICE_TERMS, "good_till_date", "outside_rth"]} />}
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
