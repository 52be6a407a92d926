/** Username and password, with errors said in plain words. */
import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { type SubmitEvent, useRef, useState } from "react";

import { ApiError } from "@/lib/api-error";
import type { Session } from "@/types/models";

import { useSignIn } from "../api/sign-in";

const SHOWN_FIELDS = ["username", "password"] as const;

function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something went wrong. Please try again.";
  if (error.details.second_factor === "wrong") return "That code is wrong, or was used before.";
  if (error.status === 401) return "That username and password do not match.";
  if (error.status === 0) return "The desk could not be reached. Check that it is running, then try again.";
  return error.message;
}

export function SignInForm({ onSignedIn }: { onSignedIn: (session: Session) => void }) {
  const [credentials, setCredentials] = useState({ username: "", password: "" });
  const [missing, setMissing] = useState<{ username?: string; password?: string }>({});
  const passwordRef = useRef<HTMLInputElement>(null);
  const signIn = useSignIn();
  const apiError = signIn.error instanceof ApiError ? signIn.error : null;
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const isFirstQuestion = apiError?.details.second_factor === "required";

  const change = (field: "username" | "password") => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setCredentials((before) => ({ ...before, [field]: value }));
    setMissing((before) => ({ ...before, [field]: undefined }));
  };

  const askAgain = (error: Error) => {
    if (error instanceof ApiError && error.details.second_factor !== undefined) setAsksCode(true);
    else passwordRef.current?.select();
  };

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const gaps = {
      username: credentials.username.trim() ? undefined : "Enter your username",
      password: credentials.password ? undefined : "Enter your password",
    };
    setMissing(gaps);
    if (gaps.username ?? gaps.password) return;
    signIn.mutate(asksCode ? { ...credentials, code } : credentials, { onSuccess: onSignedIn, onError: askAgain });
  };

  return (
    <form onSubmit={submit} noValidate aria-label="Sign in">
      <Stack gap="sm">
        {signIn.isError && !isFirstQuestion && (
          <Alert role="alert" color="red" icon={<IconAlertCircle aria-hidden />} p="sm">
            {explain(signIn.error)}
          </Alert>
        )}
        <TextInput
          label="Username"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          size="md"
          value={credentials.username}
          onChange={change("username")}
          error={missing.username ?? apiError?.fieldMessages(SHOWN_FIELDS[0])[0]}
        />
        <PasswordInput
          ref={passwordRef}
          label="Password"
          visibilityToggleButtonProps={{ "aria-label": "Show what I typed" }}
          name="password"
          autoComplete="current-password"
          size="md"
          value={credentials.password}
          onChange={change("password")}
          error={missing.password ?? apiError?.fieldMessages(SHOWN_FIELDS[1])[0]}
        />
        {asksCode && (
          <TextInput
            label="Code of your authenticator"
            description="Or a recovery code"
            name="code"
            autoComplete="one-time-code"
            inputMode="numeric"
            maxLength={40}
            autoFocus
            size="md"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        )}
        <Button type="submit" size="md" mt="xs" loading={signIn.isPending} fullWidth>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
