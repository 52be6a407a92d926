/** What was sent, what IB said, and what it did not say. */
import { Text, Title } from "@mantine/core";

import { Facts } from "@/components/ui/facts";
import { When } from "@/components/ui/when";
import type { Incident } from "@/types/models";

import { answersSentence, readEvidence, type Said, type Sent } from "../evidence";
import styles from "./incidents.module.css";

export function IncidentEvidence({ incident }: { incident: Incident }) {
  const { order, since, why, sent, said, answers, others } = readEvidence(incident);
  return (
    <div className={styles.evidence}>
      {(since ?? why) !== null && (
        <Text size="sm">
          Not settled since <When time={since} />
          {why && `: ${why}`}.
        </Text>
      )}
      {order.length > 0 && (
        <details open>
          <summary>The order</summary>
          <Facts rows={order} />
        </details>
      )}
      {sent !== null && <SentToIb sent={sent} />}
      {answers !== null && (
        <section>
          <Title order={4} size="h6">
            What IB answered
          </Title>
          <Text size="sm">{answersSentence(answers)}</Text>
        </section>
      )}
      {said !== null && <SaidByIb said={said} />}
      {others.map(([name, json]) => (
        <details key={name} open>
          <summary>{name}</summary>
          <pre tabIndex={0}>{json}</pre>
        </details>
      ))}
    </div>
  );
}

function SentToIb({ sent }: { sent: Sent[] }) {
  return (
    <section>
      <Title order={4} size="h6">
        What was sent
      </Title>
      <ul>
        {sent.map((command, index) => (
          <li key={index}>
            {command.command}
            {command.sent_at === null ? ", never sent" : <> at <When time={command.sent_at} />, under IB order id {command.ib_order_id ?? "–"}</>}: {command.status}
            {command.error && ` (${command.error})`}
          </li>
        ))}
      </ul>
    </section>
  );
}

function SaidByIb({ said }: { said: Said[] }) {
  return (
    <section>
      <Title order={4} size="h6">
        What IB said about it
      </Title>
      {said.length === 0 && <Text size="sm">Not a word.</Text>}
      {said.map((message) => (
        <details key={message.id}>
          <summary>
            <When time={message.at} /> {message.kind}
          </summary>
          <pre tabIndex={0}>{JSON.stringify(message.payload, null, 2)}</pre>
        </details>
      ))}
    </section>
  );
}
