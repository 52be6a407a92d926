/** Serves `MockDesk` over HTTP and WebSocket from Vite's development server (`npm run dev:mock`). */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { Plugin } from "vite";
import { type WebSocket, WebSocketServer } from "ws";

import type { Gateway } from "../types/models.ts";

import { MockDesk } from "./mock-desk.ts";
import { anIncident } from "./samples.ts";

const TICK_MS = 700;

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}

/** A book with some history, so that every table has something to show. */
function furnish(desk: MockDesk): void {
  const place = (body: Record<string, unknown>) => desk.handle("POST", "/api/v1/orders/", body).body as { id: string };
  const bought = [["MSFT", "120", "415.10"], ["NVDA", "400", "142.30"], ["SPY", "250", "595.02"]] as const;
  for (const [symbol, quantity, price] of bought) desk.fill(place({ symbol, side: "BUY", quantity, order_type: "MKT" }).id, quantity, price);
  const short = place({ symbol: "TSLA", side: "SELL", quantity: "50", order_type: "LMT", limit_price: "351.00" });
  desk.fill(short.id, "50", "351.00");
  place({ symbol: "AAPL", side: "BUY", quantity: "100", order_type: "LMT", limit_price: "221.50", time_in_force: "GTC" });
  place({ symbol: "MSFT", side: "SELL", quantity: "120", order_type: "STP", stop_price: "402.00", time_in_force: "GTC" });
  const part = place({ symbol: "NVDA", side: "BUY", quantity: "500", order_type: "LMT", limit_price: "138.40" });
  setTimeout(() => desk.fill(part.id, "180", "138.40"), 400);
  const lost = place({ symbol: "AMD", side: "BUY", quantity: "75", order_type: "LMT", limit_price: "130.00" });
  const refused = place({ symbol: "META", side: "BUY", quantity: "9000", order_type: "LMT", limit_price: "520.00" });
  setTimeout(() => {
    desk.moveOrder(lost.id, { status: "unknown" }, "outcome_unknown", { source: "gateway", data: { reason: "No acknowledgement within 10 s" } });
    desk.setIncident(anIncident({ order_id: lost.id }));
    desk.moveOrder(
      refused.id,
      { status: "rejected", reject_reason: "201: Order rejected - reason: insufficient buying power" },
      "order_rejected",
      { data: { code: "201", reason: "insufficient buying power" } },
    );
  }, 500);
}

function serve(desk: MockDesk, socket: WebSocket): void {
  const channels = new Set<string>();
  let previous = 0;
  const send = (message: unknown) => socket.send(JSON.stringify(message));
  const stop = desk.subscribe((event) => {
    if (!channels.has(event.channel)) return;
    send({ ...event, prev: previous });
    previous = event.seq;
  });
  const timer = setInterval(() => {
    const data = [...desk.quotes.values()].filter((quote) => channels.has(`quotes:${quote.symbol}`));
    if (data.length > 0) send({ type: "quotes", data });
  }, 300);
  socket.on("close", () => {
    stop();
    clearInterval(timer);
  });
  socket.on("message", (raw: Buffer) => {
    const message = JSON.parse(raw.toString("utf8")) as { type: string; channels?: string[]; after?: number };
    if (message.type === "ping") send({ type: "pong" });
    if (message.type === "unsubscribe") message.channels?.forEach((channel) => channels.delete(channel));
    if (message.type !== "subscribe") return;
    message.channels?.forEach((channel) => channels.add(channel));
    send({ type: "subscribed", channels: [...channels], seq: desk.seq });
    const { after } = message;
    if (after === undefined) return;
    for (const event of desk.journal.filter(({ seq, channel }) => seq > after && channels.has(channel))) {
      send({ ...event, prev: previous });
      previous = event.seq;
    }
  });
}

const WELL: Partial<Gateway> = {
  state: "ready", ready: true, takes_cancels: true, reason: null, planned_until: null, farms_down: [], standbys: [], clock_note: null, clock_since: null,
};

/** What the gateway says in the states that one wants to look at. */
function gatewayFaults(): Record<string, Partial<Gateway>> {
  const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  const away = { ready: false, takes_cancels: false };
  return {
    up: {},
    down: { ...away, state: "disconnected", reason: "Nothing answers at 127.0.0.1:4002 (Connection refused)" },
    login: {
      ...away, state: "waiting_for_login",
      reason: "IB Gateway is probably waiting for a login or its second factor. IB accepted the socket but did not answer the handshake",
    },
    planned: {
      ready: false, state: "degraded", planned_until: at(420), next_restart: at(86_400), next_restart_name: "daily restart of IB Gateway",
      reason: "Planned: daily restart of IB Gateway at 04:45:00 UTC until 04:52:00 UTC: new orders and changes are refused.",
    },
    syncing: { ...away, state: "syncing", reason: "Comparing with IB's own lists" },
    standby: { ...away, state: "standby", reason: "Another gateway speaks to IB" },
    impaired: {
      next_restart: at(36_000), next_restart_name: "daily restart of IB Gateway",
      farms_down: [{ farm: "usfarm.nj", kind: "quotes", since: at(-95) }, { farm: "ushmds", kind: "history", since: at(-90_000) }],
      standbys: [{ state: "standby", host: "desk-b.example.net", pid: 4711, reason: null, since: at(-7200), heartbeat_at: at(0) }],
      clock_note: "The clock of IB's machine is 4.2 s behind the gateway's", clock_since: at(-240),
    },
  };
}

export function mockDeskPlugin(): Plugin {
  return {
    name: "mock-desk",
    configureServer(server) {
      const desk = new MockDesk();
      furnish(desk);
      desk.signedIn = process.env.MOCK_SIGNED_OUT === undefined;
      const timer = setInterval(() => desk.tick(), TICK_MS);
      server.httpServer?.on("close", () => clearInterval(timer));
      const sockets = new WebSocketServer({ noServer: true });
      server.httpServer?.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (!request.url?.startsWith("/ws/")) return;
        sockets.handleUpgrade(request, socket, head, (client) => serve(desk, client));
      });
      server.middlewares.use((request, response, next) => {
        const url = request.url ?? "/";
        if (url.startsWith("/mock/")) {
          // faults for screenshots, e.g. /mock/login; /mock/up ends them
          const change = gatewayFaults()[url.slice("/mock/".length)];
          if (change !== undefined) desk.setGateway({ ...WELL, ...change });
          if (url === "/mock/differs") desk.setDifference("MSFT", "100");
          response.statusCode = change !== undefined || url === "/mock/differs" ? 200 : 404;
          response.end();
          return;
        }
        if (!url.startsWith("/api/")) {
          next();
          return;
        }
        void readJson(request).then((body) => {
          const answer = desk.handle(request.method ?? "GET", url, body);
          response.writeHead(answer.status, { "Content-Type": "application/json", "Set-Cookie": "csrftoken=mock; Path=/" });
          response.end(answer.body === null ? "" : JSON.stringify(answer.body));
        });
      });
    },
  };
}
