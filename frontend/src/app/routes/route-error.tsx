/** What a person sees when a page cannot be shown. */
import { Button, Center, Code, Stack, Text, Title } from "@mantine/core";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";

import { describeError } from "@/lib/api-error";

export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack align="center" gap="sm" maw={480} ta="center">
        <Title order={1} size="h3">
          The desk could not be shown
        </Title>
        <Text c="dimmed" role="alert">
          {describeError(error)}
        </Text>
        <Button onClick={retry}>Try again</Button>
      </Stack>
    </Center>
  );
}

export function NotFoundRoute() {
  return (
    <Center mih="100dvh" p="md" component="main">
      <Stack align="center" gap="sm">
        <Title order={1} size="h3">
          There is no such page
        </Title>
        <Code>{window.location.pathname}</Code>
        <Button component={Link} to="/">
          Go to the desk
        </Button>
      </Stack>
    </Center>
  );
}
