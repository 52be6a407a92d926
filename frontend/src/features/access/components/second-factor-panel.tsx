/** Your second factor. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { Panel } from "@/components/ui/panel";
import { Pill } from "@/components/ui/pill";
import type { SecondFactor } from "@/types/models";

import { secondFactorQuery, useRemove, useRenewCodes } from "../api/second-factor";
import styles from "./access.module.css";
import { CodeDialog } from "./code-dialog";
import { EnrolDialog } from "./enrol-dialog";
import { RecoveryCodes } from "./recovery-codes";

type Open = "enrol" | "renew" | "remove" | null;

export function SecondFactorPanel({ onSetUp }: { onSetUp: () => void }) {
  const factor = useQuery(secondFactorQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const renew = useRenewCodes();
  const remove = useRemove();
  return (
    <Panel label="Second factor" title="Second factor" actions={factor.data && <Actions factor={factor.data} onOpen={setOpen} />}>
      {factor.isError && <ErrorNote error={factor.error} />}
      {factor.data && <State factor={factor.data} />}
      {open === "enrol" && (
        <EnrolDialog
          onClose={() => {
            close();
            onSetUp();
          }}
        />
      )}
      {open === "renew" && (
        <CodeDialog title="New recovery codes" label="Make new codes" action={renew} onClose={close} onDone={() => undefined}>
          {renew.data && <RecoveryCodes codes={renew.data.recovery_codes} onClose={close} />}
        </CodeDialog>
      )}
      {open === "remove" && <CodeDialog title="Remove the second factor?" label="Remove" action={remove} onClose={close} onDone={close} isRisky />}
    </Panel>
  );
}

function Actions({ factor, onOpen }: { factor: SecondFactor; onOpen: (open: Open) => void }) {
  if (!factor.enrolled) {
    return (
      <Button size="xs" onClick={() => onOpen("enrol")}>
        Set up
      </Button>
    );
  }
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" onClick={() => onOpen("renew")}>
        New recovery codes
      </Button>
      {!factor.required && (
        <Button size="xs" variant="default" color="red" onClick={() => onOpen("remove")}>
          Remove
        </Button>
      )}
    </Group>
  );
}

function State({ factor }: { factor: SecondFactor }) {
  return (
    <div className={styles.note}>
      {factor.required && !factor.enrolled && (
        <Alert color="yellow" p="sm" mb="sm">
          Your role needs a second factor. Nothing else opens until it is set up.
        </Alert>
      )}
      <Text size="sm">
        <Pill tone={factor.enrolled ? "up" : "neutral"}>{factor.enrolled ? "on" : "off"}</Pill>{" "}
        {factor.enrolled
          ? `Signing in takes a code of your authenticator. ${factor.recovery_codes_left} recovery codes left.`
          : "With an authenticator app, your password alone opens nothing."}
      </Text>
    </div>
  );
}
