/** A WebSocket that a test speaks for. */

export interface SentMessage {
  type: string;
  channels?: string[];
  after?: number;
}

export class FakeSocket {
  static all: FakeSocket[] = [];
  readyState: number = WebSocket.CONNECTING;
  sent: SentMessage[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  static get latest(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as SentMessage);
  }

  close(): void {
    this.readyState = WebSocket.CLOSED;
  }

  /** The server accepts the connection. */
  accept(): void {
    this.readyState = WebSocket.OPEN;
    this.onopen?.();
  }

  /** The server says something. */
  say(message: unknown): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  event(seq: number, prev?: number, more: object = {}): void {
    this.say({ type: "event", seq, prev, channel: "orders", event: "order.updated", data: {}, ...more });
  }

  /** The line breaks. */
  break(): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.();
  }
}
