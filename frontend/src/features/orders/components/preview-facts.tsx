/** Commission and margin of a reviewed order as IB reckons them, and what the desk's checks would say. */
import { Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import { formatGain, formatMoney } from "@/lib/format";
import type { PlaceOrder, PreviewAnswer } from "@/types/models";

import { useOrderPreview } from "../api/preview-order";
import styles from "./order-ticket.module.css";

function commissionWords({ commission, min_commission, max_commission, commission_currency }: PreviewAnswer["what_if"]): string {
  const currency = commission_currency ?? "";
  if (commission !== null) return `${formatMoney(commission)} ${currency}`;
  if (min_commission === null || max_commission === null) return "IB does not say";
  return `${formatMoney(min_commission)} to ${formatMoney(max_commission)} ${currency}`;
}

export function PreviewFacts({ order }: { order: PlaceOrder }) {
  const { data, isPending } = useOrderPreview(order);
  const waiting = isPending ? "asking IB …" : "not available";
  const warning = data?.risk.message ?? data?.what_if.warning;
  return (
    <>
      <dl className={styles.facts} aria-label="What IB says" aria-busy={isPending}>
        <dt>Commission</dt>
        <dd>{data ? commissionWords(data.what_if) : waiting}</dd>
        <dt>Initial margin</dt>
        <dd>{data ? formatGain(data.what_if.init_margin_change) : waiting}</dd>
      </dl>
      {warning && (
        <Text size="sm" c="var(--desk-warn)" role="status">
          <IconAlertTriangle size={14} aria-hidden style={{ verticalAlign: "-0.15em" }} /> {warning}
        </Text>
      )}
    </>
  );
}
