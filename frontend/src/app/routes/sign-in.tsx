/** The door: a calm page with one form. */
import { Paper, Text, Title } from "@mantine/core";
import { getRouteApi, useRouter } from "@tanstack/react-router";

import { Logo } from "@/components/ui/logo";
import { SignInForm } from "@/features/auth/components/sign-in-form";

import { ThemeToggle } from "../shell/theme-toggle";
import styles from "./sign-in.module.css";

const route = getRouteApi("/sign-in");

/** Only paths of this site: "//elsewhere" would leave it. */
export function safeNext(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : "/";
}

export function SignInRoute() {
  const { next } = route.useSearch();
  const router = useRouter();
  return (
    <main className={styles.page}>
      <div className={styles.corner}>
        <ThemeToggle />
      </div>
      <Paper className={styles.card} withBorder radius="md">
        <div className={styles.brand}>
          <Logo size={36} />
          <div>
            <Title order={1} size="h3">
              IBKR Desk
            </Title>
            <Text c="dimmed" size="sm">
              Sign in to trade
            </Text>
          </div>
        </div>
        <SignInForm onSignedIn={() => router.history.push(safeNext(next))} />
      </Paper>
    </main>
  );
}
