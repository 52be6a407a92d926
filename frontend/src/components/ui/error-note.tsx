/** A failure with its code, its field messages and the id that finds it in the logs. */
import { Alert, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { ApiError, describeError } from "@/lib/api-error";

/** Where the API puts messages that belong to no single field. */
const WHOLE_REQUEST = "non_field_errors";

interface ErrorNoteProps {
  error: unknown;
  /** Fields whose messages are shown beside their inputs. */
  shownFields?: readonly string[];
  children?: ReactNode;
}

export function ErrorNote({ error, shownFields = [], children }: ErrorNoteProps) {
  const apiError = error instanceof ApiError ? error : null;
  const others = apiError?.otherMessages(shownFields) ?? [];
  return (
    <Alert role="alert" color="red" variant="light" p="xs" icon={<IconAlertTriangle size={16} aria-hidden />}>
      <Text size="sm" fw={500}>
        {apiError?.message ?? describeError(error)}
      </Text>
      {others.length > 0 && (
        <List size="sm" mt={4}>
          {others.map(({ field, message }) => (
            <List.Item key={`${field}:${message}`}>
              {field === WHOLE_REQUEST ? message : `${field}: ${message}`}
            </List.Item>
          ))}
        </List>
      )}
      {apiError && (
        <Text size="xs" c="dimmed" mt={4} style={{ overflowWrap: "anywhere" }}>
          {apiError.code}
          {apiError.requestId && ` · request ${apiError.requestId}`}
        </Text>
      )}
      {children}
    </Alert>
  );
}
