/** Your own settings: second factor, keys, sign-ins. */
import { Anchor, Text } from "@mantine/core";
import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";

import { Logo } from "@/components/ui/logo";
import { ApiKeysPanel } from "@/features/access/components/api-keys-panel";
import { SecondFactorPanel } from "@/features/access/components/second-factor-panel";
import { SignInsPanel } from "@/features/access/components/sign-ins-panel";
import { sessionKey, sessionQuery } from "@/features/auth/api/session";
import { SIGNED_OUT } from "@/features/auth/api/sign-out";
import { KillSwitchBanner } from "@/features/kill-switch/components/kill-switch-banner";

import { ThemeToggle } from "../shell/theme-toggle";
import styles from "./settings.module.css";

export function SettingsRoute() {
  const router = useRouter();
  const queryClient = useQueryClient();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const leave = () => {
    queryClient.clear();
    queryClient.setQueryData(sessionKey, SIGNED_OUT);
    void router.invalidate();
  };
  if (!session.user) return null;
  const isFactorDue = session.user.second_factor.required && !session.user.second_factor.enrolled;
  return (
    <div className={styles.page}>
      <header className={styles.bar}>
        <Logo size={24} />
        <h1>Settings of {session.user.username}</h1>
        <Anchor component={Link} to="/" size="sm">
          Back to the desk
        </Anchor>
        <ThemeToggle />
      </header>
      <KillSwitchBanner className={styles.banner} />
      <main className={styles.main}>
        <Roles user={session.user} />
        <SecondFactorPanel onSetUp={() => void queryClient.invalidateQueries({ queryKey: sessionKey })} />
        {!isFactorDue && (
          <>
            <ApiKeysPanel user={session.user} />
            <SignInsPanel onSignedOut={leave} />
          </>
        )}
      </main>
    </div>
  );
}

function Roles({ user }: { user: { accounts: readonly { account: string; role: string }[] } }) {
  return (
    <Text size="sm" c="dimmed">
      {user.accounts.length === 0
        ? "You have no role in any account."
        : user.accounts.map(({ account, role }) => `${role.replace("_", " ")} of ${account}`).join(" · ")}
    </Text>
  );
}
