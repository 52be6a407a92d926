/** Cancel every working order, after one question. */
import { Alert, Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { ErrorNote } from "@/components/ui/error-note";
import type { CancelAllAnswer } from "@/types/models";

import { useCancelAllOrders } from "../api/cancel-all-orders";
import { useWorkingOrders } from "../api/working-orders";
import { canCancel } from "./working-orders";

export function CancelAllButton({ account }: { account: string | undefined }) {
  const { data: orders = [] } = useWorkingOrders(account);
  const [isOpen, { open, close }] = useDisclosure(false);
  const cancelAll = useCancelAllOrders();
  const failed = cancelAll.data?.failed ?? [];
  const count = orders.filter(canCancel).length;

  const openAnew = () => {
    cancelAll.reset();
    open();
  };

  return (
    <>
      <Button size="compact-sm" variant="default" disabled={count === 0} onClick={openAnew}>
        Cancel all
      </Button>
      <Modal opened={isOpen} onClose={close} title="Cancel all working orders?" size="sm">
        <Stack gap="md">
          <Text size="sm">
            {count === 1 ? "One order" : `${count} orders`} {account ? `of account ${account}` : "of all accounts"} will be cancelled. Each can still
            fill until IB confirms.
          </Text>
          {cancelAll.isError && <ErrorNote error={cancelAll.error} />}
          {failed.length > 0 && <NotCancelled failed={failed} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close} data-autofocus>
              Keep them
            </Button>
            <Button color="red" loading={cancelAll.isPending} onClick={() => cancelAll.mutate(account, { onSuccess: (answer) => answer.failed.length === 0 && close() })}>
              Cancel {count === 1 ? "1 order" : `${count} orders`}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function NotCancelled({ failed }: { failed: CancelAllAnswer["failed"] }) {
  return (
    <Alert role="alert" color="red" variant="light" p="xs" title={failed.length === 1 ? "One order was not cancelled" : `${failed.length} orders were not cancelled`}>
      <List size="sm">
        {failed.map(({ order_id, message, error_code }) => (
          <List.Item key={order_id}>
            {message} ({error_code})
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
