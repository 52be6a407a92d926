import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { FakeSocket } from "@/testing/fake-socket";

import { type LiveEvent, LiveSocket, type LiveStatus, reconnectDelay, type RefetchReason } from "./live-socket";

let events: LiveEvent[];
let refetches: RefetchReason[];
let quotes: unknown[][];
let statuses: LiveStatus[];
let socket: LiveSocket;

function create(channels = ["orders", "fills"]): LiveSocket {
  return new LiveSocket({
    url: "ws://desk.test/ws/",
    channels,
    onEvent: (event) => events.push(event),
    onQuotes: (batch) => quotes.push(batch),
    onRefetch: (reason) => refetches.push(reason),
    onStatus: (status) => statuses.push(status),
    createSocket: (url) => new FakeSocket(url) as unknown as WebSocket,
    random: () => 0.5,
  });
}

const seqs = () => events.map(({ seq }) => seq);
const state = () => statuses.at(-1)?.state;

/** Connected, subscribed, standing at `seq`. */
function goLive(seq = 100): FakeSocket {
  socket.start();
  FakeSocket.latest.accept();
  FakeSocket.latest.say({ type: "subscribed", channels: ["orders", "fills"], seq });
  return FakeSocket.latest;
}

function reconnect(): FakeSocket {
  vi.advanceTimersByTime(20_000);
  FakeSocket.latest.accept();
  return FakeSocket.latest;
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  [events, refetches, quotes, statuses] = [[], [], [], []];
  socket = create();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

describe("a fresh subscription", () => {
  it("subscribes to all channels without a starting point", () => {
    goLive();
    expect(FakeSocket.latest.sent).toEqual([{ type: "subscribe", channels: ["orders", "fills"] }]);
  });

  it("is live once subscribed, and has the screens read what came before", () => {
    goLive();
    expect(state()).toBe("live");
    expect(refetches).toEqual(["connected"]);
  });

  it("passes on events in order, the first one with no predecessor", () => {
    const server = goLive(100);
    server.event(103, 0);
    server.event(107, 103);
    expect(seqs()).toEqual([103, 107]);
    expect(refetches).toEqual(["connected"]);
  });

  it("accepts a first event whose predecessor is where the stream stood", () => {
    const server = goLive(100);
    server.event(104, 100);
    expect(refetches).toEqual(["connected"]);
  });
});

describe("repeats and gaps", () => {
  it("ignores an event it has seen", () => {
    const server = goLive(100);
    server.event(101, 0);
    server.event(101, 0);
    expect(seqs()).toEqual([101]);
  });

  it("ignores an event that comes after a later one: the later row already says more", () => {
    const server = goLive(100);
    server.event(105, 0);
    server.event(103, 0);
    expect(seqs()).toEqual([105]);
  });

  it("tells a gap by a predecessor it never saw, uses the event and asks for a refetch", () => {
    const server = goLive(100);
    server.event(101, 0);
    server.event(109, 105);
    expect(seqs()).toEqual([101, 109]);
    expect(refetches).toEqual(["connected", "gap"]);
  });

  it("does not take a jump in seq for a gap when the predecessor is the one it saw", () => {
    const server = goLive(100);
    server.event(101, 0);
    server.event(190, 101);
    expect(refetches).toEqual(["connected"]);
  });

  it("takes a lost predecessor in the middle of a subscription for a gap", () => {
    const server = goLive(100);
    server.event(101, 0);
    server.event(102, 0);
    expect(refetches).toEqual(["connected", "gap"]);
  });
});

describe("coming back", () => {
  it("resumes after the newest event it saw", () => {
    const server = goLive(100);
    server.event(105, 0);
    server.break();
    expect(state()).toBe("reconnecting");
    reconnect();
    expect(FakeSocket.latest.sent[0]).toEqual({ type: "subscribe", channels: ["orders", "fills"], after: 105 });
  });

  it("replays what it missed even when the answer already names the head of the stream", () => {
    goLive(100).event(105, 0);
    FakeSocket.latest.break();
    const server = reconnect();
    server.say({ type: "subscribed", channels: [], seq: 140 });
    server.event(120, 105);
    server.event(140, 120);
    expect(seqs()).toEqual([105, 120, 140]);
    expect(refetches).toEqual(["connected"]);
  });

  it("starts afresh after a reset, and reads again once it knows where the stream stands", () => {
    goLive(100).event(105, 0);
    FakeSocket.latest.break();
    const server = reconnect();
    server.say({ type: "reset" });
    server.say({ type: "subscribed", channels: [], seq: 900 });
    server.event(905, 0);
    expect(refetches).toEqual(["connected", "reset", "connected"]);
    expect(seqs()).toEqual([105, 905]);
  });

  it("keeps going after a reset that follows the subscription", () => {
    goLive(100).event(105, 0);
    FakeSocket.latest.break();
    const server = reconnect();
    server.say({ type: "subscribed", channels: [], seq: 900 });
    server.say({ type: "reset" });
    server.event(905, 0);
    server.event(906, 905);
    expect(refetches).toEqual(["connected", "reset"]);
    expect(seqs()).toEqual([105, 905, 906]);
  });

  it("waits longer after each failure and counts the attempts", () => {
    goLive();
    FakeSocket.latest.break();
    expect(FakeSocket.all).toHaveLength(1);
    vi.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(2);
    FakeSocket.latest.break();
    vi.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(FakeSocket.all).toHaveLength(3);
    expect(statuses.at(-1)).toMatchObject({ state: "reconnecting", attempts: 1 });
  });

  it("tries at once when the network is back", () => {
    goLive();
    FakeSocket.latest.break();
    window.dispatchEvent(new Event("online"));
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("does not come back after it was stopped", () => {
    goLive();
    FakeSocket.latest.break();
    socket.stop();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(state()).toBe("stopped");
  });
});

describe("a line that only looks alive", () => {
  it("pings, and reconnects when nothing is heard", () => {
    const server = goLive();
    vi.advanceTimersByTime(15_000);
    expect(server.sent.at(-1)).toEqual({ type: "ping" });
    vi.advanceTimersByTime(15_000);
    expect(state()).toBe("reconnecting");
  });

  it("stays while the server answers", () => {
    const server = goLive();
    for (let round = 0; round < 4; round += 1) {
      vi.advanceTimersByTime(15_000);
      server.say({ type: "pong" });
    }
    expect(state()).toBe("live");
  });
});

describe("channels, quotes and nonsense", () => {
  it("subscribes to what is new and unsubscribes from what is not wanted any more", () => {
    const server = goLive();
    socket.setChannels(["orders", "fills", "quotes:AAPL"]);
    socket.setChannels(["orders", "fills", "quotes:MSFT"]);
    expect(server.sent.slice(1)).toEqual([
      { type: "subscribe", channels: ["quotes:AAPL"] },
      { type: "subscribe", channels: ["quotes:MSFT"] },
      { type: "unsubscribe", channels: ["quotes:AAPL"] },
    ]);
  });

  it("does not refetch everything because one more channel was added", () => {
    const server = goLive();
    socket.setChannels(["orders", "fills", "quotes:AAPL"]);
    server.say({ type: "subscribed", channels: [], seq: 120 });
    expect(refetches).toEqual(["connected"]);
  });

  it("asks again for a channel that IB could not serve, as long as it is wanted", () => {
    socket = create(["orders", "quotes:AAPL", "quotes:NOPE"]);
    const server = goLive();
    const refuse = (channel: string, error_code: string) => server.say({ type: "error", error_code, message: "", details: { channel } });
    refuse("quotes:AAPL", "IB_CONNECTION_FAILED");
    refuse("quotes:NOPE", "IB_INVALID_CONTRACT");
    vi.advanceTimersByTime(5_000);
    expect(server.sent.slice(1)).toEqual([{ type: "subscribe", channels: ["quotes:AAPL"] }]);
    refuse("quotes:AAPL", "IB_CONNECTION_FAILED");
    socket.setChannels(["orders"]);
    vi.advanceTimersByTime(5_000);
    expect(server.sent.filter(({ type }) => type === "subscribe")).toHaveLength(2);
  });

  it("passes on batches of quotes", () => {
    goLive().say({ type: "quotes", data: [{ symbol: "AAPL" }] });
    expect(quotes).toEqual([[{ symbol: "AAPL" }]]);
  });

  it("survives messages that are no JSON, no object or of no known type", () => {
    const server = goLive();
    for (const nonsense of ["{", "null", "7", '{"type":"surprise"}', '{"type":"quotes","data":null}']) server.say(nonsense);
    expect(events).toEqual([]);
    expect(state()).toBe("live");
  });
});

describe("reconnectDelay", () => {
  it("grows, has jitter and a ceiling", () => {
    expect([0, 1, 2, 10].map((attempt) => reconnectDelay(attempt, () => 1))).toEqual([500, 1000, 2000, 15_000]);
    expect(reconnectDelay(0, () => 0)).toBe(250);
  });
});
