/** Make an API key, and show its text this once. */
import { Alert, Button, Checkbox, Code, CopyButton, Group, Modal, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { ApiError } from "@/lib/api-error";
import type { ApiKeyScope, Me, NewApiKey } from "@/types/models";

import { useCreateApiKey } from "../api/api-keys";
import styles from "./access.module.css";

const SCOPES: { value: ApiKeyScope; label: string }[] = [
  { value: "read", label: "Read: orders, fills, positions, quotes" },
  { value: "trade", label: "Trade: place, change and cancel orders" },
  { value: "risk", label: "Risk: limits, halts, incidents; cancel orders" },
];
const DAYS = [7, 30, 90, 365];

export function CreateKeyDialog({ user, onClose }: { user: Me; onClose: () => void }) {
  const [made, setMade] = useState<NewApiKey | null>(null);
  return (
    <Modal opened onClose={onClose} title={made ? "Your new key" : "New API key"} closeOnClickOutside={made === null} size="md">
      {made ? <NewKey made={made} onClose={onClose} /> : <KeyForm user={user} onMade={setMade} onClose={onClose} />}
    </Modal>
  );
}

function KeyForm({ user, onMade, onClose }: { user: Me; onMade: (key: NewApiKey) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<ApiKeyScope[]>(["read"]);
  const [accounts, setAccounts] = useState<string[]>([]);
  const [days, setDays] = useState(30);
  const create = useCreateApiKey();
  const apiError = create.error instanceof ApiError ? create.error : null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const expires = new Date(Date.now() + days * 86_400_000).toISOString();
    create.mutate({ name, scopes, accounts: accounts.length > 0 ? accounts : null, expires_at: expires }, { onSuccess: onMade });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="What will use it"
          data-autofocus
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={apiError?.fieldMessages("name")[0]}
        />
        <Checkbox.Group
          label="May"
          value={scopes}
          onChange={(next) => setScopes(SCOPES.map(({ value }) => value).filter((scope) => next.includes(scope)))}
          error={apiError?.fieldMessages("scopes")[0]}
        >
          <Stack gap="xs" mt={4}>
            {SCOPES.map((scope) => (
              <Checkbox key={scope.value} value={scope.value} label={scope.label} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Checkbox.Group label="In these accounts" description="None ticked: in all of yours" value={accounts} onChange={setAccounts}>
          <Group gap="md" mt={4}>
            {user.accounts.map(({ account }) => (
              <Checkbox key={account} value={account} label={account} />
            ))}
          </Group>
        </Checkbox.Group>
        <NativeSelect
          label="Ends in"
          value={String(days)}
          onChange={(event) => setDays(Number(event.currentTarget.value))}
          data={DAYS.map((each) => ({ value: String(each), label: `${each} days` }))}
        />
        {create.isError && <ErrorNote error={create.error} shownFields={["name", "scopes"]} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === "" || scopes.length === 0}>
            Make key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function NewKey({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  return (
    <Stack gap="md">
      <Alert color="yellow" p="sm">
        Copy it now. It is kept nowhere and cannot be shown again.
      </Alert>
      <Code className={styles.secret} data-testid="new-key">
        {made.key}
      </Code>
      <Text size="xs" c="dimmed">
        Send it as the header <Code>Authorization: Api-Key …</Code>
      </Text>
      <Group justify="flex-end" gap="sm">
        <CopyButton value={made.key}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>I have kept it</Button>
      </Group>
    </Stack>
  );
}
