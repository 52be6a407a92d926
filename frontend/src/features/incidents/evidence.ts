/** The evidence of an incident in a person's words. Its shape differs by kind; nothing of it is left out. */
import { formatFullTime } from "@/lib/format";
import type { Incident } from "@/types/models";

export interface Sent {
  command: string;
  sent_at: string | null;
  status: string;
  ib_order_id: number | null;
  error: string | null;
}

export interface Said {
  id: number;
  at: string;
  kind: string;
  payload: Record<string, unknown>;
}

interface End {
  count: number;
}

interface Answer {
  asked_at: string;
  open_orders?: End;
  completed_orders?: End;
  executions?: End;
}

export interface Answers {
  count: number;
  first: Answer | null;
  last: Answer | null;
}

export interface Evidence {
  order: [name: string, value: string][];
  since: string | null;
  why: string | null;
  sent: Sent[] | null;
  said: Said[] | null;
  answers: Answers | null;
  others: [name: string, json: string][];
}

const APART = new Set(["order", "since", "why", "sent", "ib_said", "complete_answers"]);

function words(name: string): string {
  const text = name.replaceAll("_", " ").replaceAll(/\bib\b/g, "IB");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function plain(value: unknown): string {
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return "–";
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function readEvidence({ evidence }: Pick<Incident, "evidence">): Evidence {
  return {
    order: Object.entries((evidence.order ?? {}) as Record<string, unknown>).map(([name, value]) => [words(name), plain(value)]),
    since: (evidence.since as string | null | undefined) ?? null,
    why: (evidence.why as string | null | undefined) ?? null,
    sent: (evidence.sent as Sent[] | undefined) ?? null,
    said: (evidence.ib_said as Said[] | undefined) ?? null,
    answers: (evidence.complete_answers as Answers | undefined) ?? null,
    others: Object.entries(evidence)
      .filter(([name]) => !APART.has(name))
      .map(([name, value]) => [words(name), JSON.stringify(value, null, 2)]),
  };
}

/** How often IB answered in full, and what that says. */
export function answersSentence({ count, first, last }: Answers): string {
  if (count === 0) return "IB has not answered in full since then. A time-out is not “none”.";
  const times = count === 1 ? "once" : `${count} times`;
  const span = [first, last].map((answer) => formatFullTime(answer?.asked_at)).join(" to ");
  const lists = last?.open_orders && `; the latest held ${last.open_orders.count} open, ${last.completed_orders?.count ?? "?"} completed orders and ${last.executions?.count ?? "?"} executions`;
  return `IB answered in full ${times} (asked ${span})${lists ?? ""}. None of them settles it.`;
}
