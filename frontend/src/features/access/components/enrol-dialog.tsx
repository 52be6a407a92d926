/** Set a second factor up: password, then the QR code and a first code, then the recovery codes. */
import { Button, Code, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { type SubmitEvent, useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { ApiError } from "@/lib/api-error";
import type { Enrolment } from "@/types/models";

import { useConfirm, useEnrol } from "../api/second-factor";
import styles from "./access.module.css";
import { CodeInput } from "./code-dialog";
import { RecoveryCodes } from "./recovery-codes";

export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return (
    <Modal opened onClose={onClose} title="Set up a second factor" closeOnClickOutside={false} size="sm">
      {codes !== null && <RecoveryCodes codes={codes} onClose={onClose} />}
      {codes === null && enrolment !== null && <FirstCode enrolment={enrolment} onConfirmed={setCodes} />}
      {codes === null && enrolment === null && <AskPassword onMade={setEnrolment} onClose={onClose} />}
    </Modal>
  );
}

function AskPassword({ onMade, onClose }: { onMade: (enrolment: Enrolment) => void; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const enrol = useEnrol();
  const apiError = enrol.error instanceof ApiError ? enrol.error : null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    enrol.mutate(password, { onSuccess: onMade });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <PasswordInput
          label="Your password"
          autoComplete="current-password"
          visibilityToggleButtonProps={{ "aria-label": "Show what I typed" }}
          data-autofocus
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={apiError?.fieldMessages("password")[0]}
        />
        {enrol.isError && <ErrorNote error={enrol.error} shownFields={["password"]} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={enrol.isPending} disabled={password === ""}>
            Next
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function FirstCode({ enrolment, onConfirmed }: { enrolment: Enrolment; onConfirmed: (codes: readonly string[]) => void }) {
  const [code, setCode] = useState("");
  const confirm = useConfirm();
  const apiError = confirm.error instanceof ApiError ? confirm.error : null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    confirm.mutate(code, { onSuccess: (answer) => onConfirmed(answer.recovery_codes) });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text size="sm">Scan this with your authenticator app, then enter the code it shows.</Text>
        <img className={styles.qr} src={enrolment.qr} alt="QR code for the authenticator app" />
        <Text size="xs" c="dimmed">
          No camera? Type this key: <Code style={{ overflowWrap: "anywhere" }}>{enrolment.secret}</Code>
        </Text>
        <CodeInput hint="Six digits" value={code} onChange={setCode} error={apiError?.fieldMessages("code")[0]} />
        {confirm.isError && <ErrorNote error={confirm.error} shownFields={["code"]} />}
        <Button type="submit" loading={confirm.isPending} disabled={code.trim() === ""}>
          Turn it on
        </Button>
      </Stack>
    </form>
  );
}
