/** One order's whole story in a drawer: terms, trade log, fills, ids. */
import { Drawer, Loader, Stack, Title } from "@mantine/core";

import { ErrorNote } from "@/components/ui/error-note";
import { FillsTable } from "@/features/fills/components/fills-table";
import { useOrder } from "@/features/orders/api/order-detail";
import { OrderIds, OrderSummary } from "@/features/orders/components/order-summary";
import { OrderTimeline } from "@/features/orders/components/order-timeline";

import styles from "./order-drawer.module.css";

export function OrderDrawer({ orderId, onClose }: { orderId: string | undefined; onClose: () => void }) {
  return (
    <Drawer opened={orderId !== undefined} onClose={onClose} position="right" size="md" title="Order" classNames={{ content: styles.content, header: styles.content }}>
      {orderId !== undefined && <OrderStory key={orderId} orderId={orderId} />}
    </Drawer>
  );
}

function OrderStory({ orderId }: { orderId: string }) {
  const { data: order, error } = useOrder(orderId);
  if (error) return <ErrorNote error={error} />;
  if (order === undefined) return <Loader size="sm" aria-label="Loading the order" />;
  return (
    <Stack gap="md">
      <OrderSummary order={order} />
      <section aria-labelledby="story-log">
        <Title order={3} size="h6" id="story-log" mb="xs">
          What happened
        </Title>
        <OrderTimeline orderId={orderId} />
      </section>
      <section aria-labelledby="story-fills">
        <Title order={3} size="h6" id="story-fills" mb="xs">
          Fills
        </Title>
        <FillsTable label="Fills of this order" filter={{ orderId }} isShort />
      </section>
      <section aria-labelledby="story-ids">
        <Title order={3} size="h6" id="story-ids" mb="xs">
          Ids
        </Title>
        <OrderIds order={order} />
      </section>
    </Stack>
  );
}
