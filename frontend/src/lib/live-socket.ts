/**
 * The one WebSocket to the desk: subscribes, proves that nothing was missed, and comes back by itself.
 *
 * Every event carries `seq` (its place in the desk's stream) and `prev` (the seq of the event before it in this
 * subscription). An event whose `prev` lies beyond what we have seen proves a gap: the owner is told to refetch.
 */

export interface LiveEvent {
  type: "event";
  seq: number;
  prev?: number;
  channel: string;
  event: string;
  data: unknown;
}

export type LiveState = "connecting" | "live" | "reconnecting" | "stopped";

export interface LiveStatus {
  state: LiveState;
  /** When this state began, in milliseconds of the epoch. */
  since: number;
  /** Failed attempts since the stream was last live. */
  attempts: number;
}

/** Why everything shown must be fetched again. */
export type RefetchReason = "connected" | "gap" | "reset";

export interface LiveSocketOptions {
  url: string;
  channels: readonly string[];
  onEvent: (event: LiveEvent) => void;
  onQuotes: (quotes: unknown[]) => void;
  onRefetch: (reason: RefetchReason) => void;
  onStatus: (status: LiveStatus) => void;
  onError?: (error: StreamError) => void;
  createSocket?: (url: string) => WebSocket;
  random?: () => number;
}

/** The one error shape, as the stream says it. `details.channel` names a subscription that came to nothing. */
export interface StreamError {
  error_code?: string;
  message?: string;
  details?: { channel?: unknown };
}

interface ServerMessage extends StreamError {
  type?: string;
  seq?: number;
  data?: unknown;
}

const PING_MS = 15_000;
/** Silence longer than this means that the line is dead although the socket looks open. */
const SILENCE_MS = 25_000;
/** A channel that IB could not serve just now is asked for again after this. */
const RESUBSCRIBE_MS = 5_000;
const HOPELESS = new Set(["IB_INVALID_CONTRACT", "VALIDATION_ERROR", "RESOURCE_NOT_FOUND"]);
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

/** Exponential back-off with full jitter on its upper half, so that many browsers do not return at once. */
export function reconnectDelay(attempt: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return ceiling / 2 + (random() * ceiling) / 2;
}

export class LiveSocket {
  #options: LiveSocketOptions;
  #channels: Set<string>;
  #socket: WebSocket | null = null;
  #status: LiveStatus = { state: "stopped", since: Date.now(), attempts: 0 };
  /** The newest event that was passed on; null until the stream told us where it stands. */
  #lastSeq: number | null = null;
  #hasEventsOfThisSubscription = false;
  #wantsBaseline = false;
  #lastHeard = 0;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveSocketOptions) {
    this.#options = options;
    this.#channels = new Set(options.channels);
  }

  get status(): LiveStatus {
    return this.#status;
  }

  start(): void {
    if (this.#status.state !== "stopped") return;
    this.#setState("connecting");
    window.addEventListener("online", this.#retryNow);
    document.addEventListener("visibilitychange", this.#retryNow);
    this.#open();
  }

  stop(): void {
    window.removeEventListener("online", this.#retryNow);
    document.removeEventListener("visibilitychange", this.#retryNow);
    this.#drop();
    this.#setState("stopped");
  }

  /** Listen to exactly these channels from now on. */
  setChannels(channels: readonly string[]): void {
    const wanted = new Set(channels);
    const added = channels.filter((channel) => !this.#channels.has(channel));
    const removed = [...this.#channels].filter((channel) => !wanted.has(channel));
    this.#channels = wanted;
    if (added.length > 0) this.#send({ type: "subscribe", channels: added });
    if (removed.length > 0) this.#send({ type: "unsubscribe", channels: removed });
  }

  #open(): void {
    const socket = (this.#options.createSocket ?? ((url) => new WebSocket(url)))(this.#options.url);
    this.#socket = socket;
    const isCurrent = () => this.#socket === socket;
    socket.onopen = () => isCurrent() && this.#onOpen();
    socket.onmessage = (message) => isCurrent() && this.#onMessage(message.data);
    socket.onclose = () => isCurrent() && this.#onClose();
  }

  #onOpen(): void {
    this.#hasEventsOfThisSubscription = false;
    this.#wantsBaseline = this.#lastSeq === null;
    this.#lastHeard = Date.now();
    const after = this.#lastSeq === null ? {} : { after: this.#lastSeq };
    this.#send({ type: "subscribe", channels: [...this.#channels], ...after });
    this.#pingTimer = setInterval(() => this.#checkLine(), PING_MS);
  }

  #onClose(): void {
    const attempts = this.#status.state === "live" ? 0 : this.#status.attempts + 1;
    this.#drop();
    this.#setState("reconnecting", attempts);
    this.#retryTimer = setTimeout(() => this.#open(), reconnectDelay(attempts, this.#options.random ?? Math.random));
  }

  #drop(): void {
    clearInterval(this.#pingTimer);
    clearTimeout(this.#retryTimer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #retryNow = (): void => {
    if (this.#status.state !== "reconnecting" || document.visibilityState === "hidden" || this.#socket !== null) return;
    clearTimeout(this.#retryTimer);
    this.#open();
  };

  #checkLine(): void {
    if (Date.now() - this.#lastHeard > SILENCE_MS) this.#onClose();
    else this.#send({ type: "ping" });
  }

  #onMessage(raw: unknown): void {
    this.#lastHeard = Date.now();
    const message = parseMessage(raw);
    if (message === null) return;
    if (message.type === "event") this.#onEvent(message as LiveEvent);
    else if (message.type === "quotes") this.#options.onQuotes(Array.isArray(message.data) ? message.data : []);
    else if (message.type === "subscribed") this.#onSubscribed(message.seq);
    else if (message.type === "reset") this.#onReset();
    else if (message.type === "error") this.#onError(message);
  }

  #onError(error: StreamError): void {
    this.#options.onError?.(error);
    const channel = error.details?.channel;
    if (typeof channel !== "string" || HOPELESS.has(error.error_code ?? "")) return;
    const socket = this.#socket;
    setTimeout(() => {
      if (this.#socket === socket && this.#channels.has(channel)) this.#send({ type: "subscribe", channels: [channel] });
    }, RESUBSCRIBE_MS);
  }

  /** On a fresh subscription the answer says where the stream stands; what came before it is read by REST. */
  #onSubscribed(seq: number | undefined): void {
    const isFirstAnswer = this.#status.state !== "live";
    this.#setState("live");
    if (!this.#wantsBaseline) return;
    this.#wantsBaseline = false;
    this.#lastSeq = Math.max(seq ?? 0, this.#lastSeq ?? 0);
    if (isFirstAnswer) this.#options.onRefetch("connected");
  }

  /** What we would need to resume is gone: start afresh from where the stream stands now. */
  #onReset(): void {
    this.#lastSeq = null;
    this.#wantsBaseline = true;
    this.#hasEventsOfThisSubscription = false;
    this.#options.onRefetch("reset");
  }

  #onEvent(event: LiveEvent): void {
    const last = this.#lastSeq ?? 0;
    if (event.seq <= last) return; // seen already: a repeat after a reconnect, or late and superseded
    const isGap = this.#isGap(event, last);
    this.#lastSeq = event.seq;
    this.#hasEventsOfThisSubscription = true;
    this.#options.onEvent(event);
    if (isGap) this.#options.onRefetch("gap");
  }

  #isGap({ prev }: LiveEvent, last: number): boolean {
    if (prev === undefined) return false;
    if (prev === 0) return this.#hasEventsOfThisSubscription;
    return this.#lastSeq !== null && prev > last;
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #setState(state: LiveState, attempts = 0): void {
    const since = state === this.#status.state ? this.#status.since : Date.now();
    this.#status = { state, since, attempts };
    this.#options.onStatus(this.#status);
  }
}

function parseMessage(raw: unknown): ServerMessage | null {
  if (typeof raw !== "string") return null;
  try {
    const message: unknown = JSON.parse(raw);
    return typeof message === "object" && message !== null ? message : null;
  } catch {
    return null;
  }
}
