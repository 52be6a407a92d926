/** Cancel every working order, after one question. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { ErrorNote } from "@/components/ui/error-note";

import { useCancelAllOrders } from "../api/cancel-all-orders";
import { useWorkingOrders } from "../api/working-orders";
import { canCancel } from "./working-orders";

export function CancelAllButton({ account }: { account: string | undefined }) {
  const { data: orders = [] } = useWorkingOrders(account);
  const [isOpen, { open, close }] = useDisclosure(false);
  const cancelAll = useCancelAllOrders();
  const count = orders.filter(canCancel).length;

  return (
    <>
      <Button size="compact-sm" variant="default" disabled={count === 0} onClick={open}>
        Cancel all
      </Button>
      <Modal opened={isOpen} onClose={close} title="Cancel all working orders?" size="sm">
        <Stack gap="md">
          <Text size="sm">
            {count === 1 ? "One order" : `${count} orders`} {account ? `of account ${account}` : "of all accounts"} will be cancelled. Each can still
            fill until IB confirms.
          </Text>
          {cancelAll.isError && <ErrorNote error={cancelAll.error} />}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={close} data-autofocus>
              Keep them
            </Button>
            <Button color="red" loading={cancelAll.isPending} onClick={() => cancelAll.mutate(account, { onSuccess: close })}>
              Cancel {count === 1 ? "1 order" : `${count} orders`}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
