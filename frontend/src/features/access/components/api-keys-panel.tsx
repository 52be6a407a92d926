/** Your API keys. */
import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { Panel } from "@/components/ui/panel";
import { Pill } from "@/components/ui/pill";
import { When } from "@/components/ui/when";
import type { ApiKey, Me } from "@/types/models";

import { apiKeysQuery, useRevokeApiKey } from "../api/api-keys";
import styles from "./access.module.css";
import { CreateKeyDialog } from "./create-key-dialog";

const TONES = { active: "up", expired: "neutral", revoked: "neutral" } as const;

export function ApiKeysPanel({ user }: { user: Me }) {
  const keys = useQuery(apiKeysQuery);
  const [isCreating, setCreating] = useState(false);
  return (
    <Panel
      label="API keys"
      title="API keys"
      actions={
        <Button size="xs" onClick={() => setCreating(true)}>
          New key
        </Button>
      }
    >
      {keys.isError && <ErrorNote error={keys.error} />}
      {keys.data?.length === 0 && (
        <Text className={styles.note} size="sm" c="dimmed">
          No keys yet. A program uses one in place of your password.
        </Text>
      )}
      <ul className={styles.list}>
        {keys.data?.map((key) => (
          <KeyRow key={key.id} apiKey={key} />
        ))}
      </ul>
      {isCreating && <CreateKeyDialog user={user} onClose={() => setCreating(false)} />}
    </Panel>
  );
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const [isSure, setSure] = useState(false);
  const revoke = useRevokeApiKey();
  return (
    <li className={styles.row}>
      <div className={styles.what}>
        <Text size="sm" fw={600}>
          {apiKey.name} <Pill tone={TONES[apiKey.status]}>{apiKey.status}</Pill>
        </Text>
        <Text size="xs" c="dimmed">
          {apiKey.prefix}… · {apiKey.scopes.join(", ")} · {apiKey.accounts === null ? "all your accounts" : apiKey.accounts.join(", ")}
        </Text>
        <Text size="xs" c="dimmed">
          {apiKey.last_used_at === null ? "Never used" : <>Last used <When time={apiKey.last_used_at} /></>} · ends <When time={apiKey.expires_at} />
        </Text>
        {revoke.isError && <ErrorNote error={revoke.error} />}
      </div>
      {apiKey.status === "active" && (
        <Button
          size="xs"
          color="red"
          variant={isSure ? "filled" : "default"}
          loading={revoke.isPending}
          onClick={() => (isSure ? revoke.mutate(apiKey.id) : setSure(true))}
          onBlur={() => setSure(false)}
        >
          {isSure ? "Revoke for good" : "Revoke"}
        </Button>
      )}
    </li>
  );
}
