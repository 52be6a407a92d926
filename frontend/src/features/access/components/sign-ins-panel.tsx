/** Where you are signed in, and the way to end it all. */
import { Button, Checkbox, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { Panel } from "@/components/ui/panel";
import { When } from "@/components/ui/when";

import { signInsQuery, useEndSignIn, useSignOutEverywhere } from "../api/sign-ins";
import styles from "./access.module.css";

export function SignInsPanel({ onSignedOut }: { onSignedOut: () => void }) {
  const signIns = useQuery(signInsQuery);
  const end = useEndSignIn();
  const [isAsking, asking] = useDisclosure(false);
  return (
    <Panel
      label="Sign-ins"
      title="Programs signed in with your password"
      actions={
        <Button size="xs" color="red" variant="default" onClick={asking.open}>
          Sign out everywhere
        </Button>
      }
    >
      {(signIns.error ?? end.error) !== null && <ErrorNote error={signIns.error ?? end.error} />}
      {signIns.data?.length === 0 && (
        <Text className={styles.note} size="sm" c="dimmed">
          None. Browser sessions are not listed; they end with “Sign out everywhere”, too.
        </Text>
      )}
      <ul className={styles.list}>
        {signIns.data?.map((row) => (
          <li key={row.id} className={styles.row}>
            <div className={styles.what}>
              <Text size="sm">{row.user_agent || "A program that did not say its name"}</Text>
              <Text size="xs" c="dimmed">
                {row.address ?? "unknown address"} · since <When time={row.created_at} /> · last used <When time={row.last_used_at} />
              </Text>
            </div>
            <Button size="xs" variant="default" loading={end.isPending && end.variables === row.id} onClick={() => end.mutate(row.id)}>
              End
            </Button>
          </li>
        ))}
      </ul>
      {isAsking && <EverywhereDialog onClose={asking.close} onSignedOut={onSignedOut} />}
    </Panel>
  );
}

function EverywhereDialog({ onClose, onSignedOut }: { onClose: () => void; onSignedOut: () => void }) {
  const [alsoKeys, setAlsoKeys] = useState(false);
  const everywhere = useSignOutEverywhere();
  return (
    <Modal opened onClose={onClose} title="Sign out everywhere?" size="sm">
      <Stack gap="md">
        <Text size="sm">Every browser, program and live connection of yours ends now, this one too. Working orders stay as they are.</Text>
        <Checkbox label="Revoke my API keys as well" checked={alsoKeys} onChange={(event) => setAlsoKeys(event.currentTarget.checked)} />
        {everywhere.isError && <ErrorNote error={everywhere.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Stay signed in
          </Button>
          <Button color="red" loading={everywhere.isPending} onClick={() => everywhere.mutate(alsoKeys, { onSuccess: onSignedOut })}>
            Sign out everywhere
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
