/** Asks for a code before something is done. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type ReactNode, type SubmitEvent, useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { ApiError } from "@/lib/api-error";

interface Action {
  mutate: (code: string, options: { onSuccess: () => void }) => void;
  error: unknown;
  isError: boolean;
  isPending: boolean;
  isSuccess: boolean;
}

interface CodeDialogProps {
  title: string;
  label: string;
  action: Action;
  isRisky?: boolean;
  onClose: () => void;
  onDone: () => void;
  /** Shown in place of the question once it is done. */
  children?: ReactNode;
}

export function CodeDialog({ title, label, action, isRisky = false, onClose, onDone, children }: CodeDialogProps) {
  const [code, setCode] = useState("");
  const apiError = action.error instanceof ApiError ? action.error : null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    action.mutate(code, { onSuccess: onDone });
  };
  return (
    <Modal opened onClose={onClose} title={title} size="sm">
      {children ?? (
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            <CodeInput value={code} onChange={setCode} error={apiError?.fieldMessages("code")[0]} />
            {action.isError && <ErrorNote error={action.error} shownFields={["code"]} />}
            <Group justify="flex-end" gap="sm">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" color={isRisky ? "red" : undefined} loading={action.isPending} disabled={code.trim() === ""}>
                {label}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

interface CodeInputProps {
  value: string;
  onChange: (code: string) => void;
  error: string | undefined;
  hint?: string;
}

export function CodeInput({ value, onChange, error, hint = "Or a recovery code" }: CodeInputProps) {
  return (
    <TextInput
      label="Code of your authenticator"
      description={hint}
      autoComplete="one-time-code"
      inputMode="numeric"
      maxLength={40}
      data-autofocus
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  );
}
