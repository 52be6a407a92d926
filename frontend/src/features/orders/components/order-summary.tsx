/** What an order asks for, where it stands, and every id it goes by. */
import { Alert, CopyButton, Group, Text, UnstyledButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

import { SideText } from "@/components/ui/side-text";
import { When } from "@/components/ui/when";
import { formatAverage, formatMoney, formatQuantity } from "@/lib/format";
import type { Order } from "@/types/models";

import { priceWords } from "./order-columns";
import { STATUS_LOOKS, StatusPill } from "./status-pill";
import styles from "./order-summary.module.css";

export function OrderSummary({ order }: { order: Order }) {
  return (
    <>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="lg" fw={600}>
          <SideText side={order.side} /> {formatQuantity(order.quantity)} {order.symbol}
        </Text>
        <StatusPill order={order} />
      </Group>
      {order.reject_reason && (
        <Alert color="red" variant="light" p="xs">
          {[order.reject_code, order.reject_reason].filter(Boolean).join(": ")}
        </Alert>
      )}
      {order.status === "unknown" && (
        <Alert color="yellow" variant="light" p="xs">
          {STATUS_LOOKS.unknown.hint}
        </Alert>
      )}
      <dl className={styles.facts}>
        <Fact name="Price">{priceWords(order)}</Fact>
        <Fact name="Time in force">{order.time_in_force}</Fact>
        <Fact name="Filled">
          {formatQuantity(order.filled_quantity)} of {formatQuantity(order.quantity)}
        </Fact>
        <Fact name="Average fill">{formatAverage(order.average_fill_price)}</Fact>
        <Fact name="Commission">{formatMoney(order.commission)}</Fact>
        <Fact name="Account">{order.account}</Fact>
        <Fact name="Placed">
          <When time={order.created_at} />
        </Fact>
        <Fact name="Updated">
          <When time={order.updated_at} />
        </Fact>
      </dl>
    </>
  );
}

export function OrderIds({ order }: { order: Order }) {
  return (
    <dl className={styles.ids}>
      <Id name="Order" value={order.id} />
      <Id name="Client order id" value={order.client_order_id} />
      <Id name="IB order id" value={order.ib.order_id} />
      <Id name="IB perm id" value={order.ib.perm_id} />
      <Id name="IB client id" value={order.ib.client_id} />
      <Id name="IB status" value={order.ib.status} />
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Id({ name, value }: { name: string; value: string | number | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value === null ? (
          "–"
        ) : (
          <CopyButton value={String(value)}>
            {({ copied, copy }) => (
              <UnstyledButton onClick={copy} className={styles.copy} aria-label={`Copy ${name} ${value}`}>
                {value} {copied ? <IconCheck size={12} aria-hidden /> : <IconCopy size={12} aria-hidden />}
              </UnstyledButton>
            )}
          </CopyButton>
        )}
      </dd>
    </div>
  );
}
