/** Recovery codes, shown this once. */
import { Alert, Button, Code, CopyButton, Group, Stack } from "@mantine/core";

import styles from "./access.module.css";

export function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const text = codes.join("\n");
  return (
    <Stack gap="md">
      <Alert color="yellow" p="sm">
        Each of these signs you in once without the app. Keep them elsewhere; they cannot be shown again.
      </Alert>
      <Code block className={styles.secret} data-testid="recovery-codes">
        {text}
      </Code>
      <Group justify="flex-end" gap="sm">
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>I have kept them</Button>
      </Group>
    </Stack>
  );
}
