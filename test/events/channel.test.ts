import {
  all,
  Channel,
  ChannelClosedError,
  closed,
  nextFrame,
  race,
  sleep,
  timeout,
  type Operation,
  type Task,
} from "awaitframe";
import { describe, expect, test } from "vitest";
import { harness, macrotask, type Harness } from "../support/harness.ts";
import { never, pending } from "../support/pending.ts";

/** Starts a task that sends items, one after the other, and notes each that is through. */
function sends<T>({ loop, note }: Harness, channel: Channel<T>, ...items: T[]): Task<void> {
  return loop.run(function* () {
    for (const item of items) {
      try {
        yield* channel.send(item);
        note(`sent ${item}`);
      } catch (error) {
        note(error instanceof ChannelClosedError ? `refused ${item}` : error);
      }
    }
  });
}

/** Starts a task that takes so many items and notes them. */
function receives<T>({ loop, note }: Harness, channel: Channel<T>, count = 1): Task<void> {
  return loop.run(function* () {
    for (let i = 0; i < count; i++) {
      const item = yield* channel.receive();
      note(item === closed ? "closed" : item);
    }
  });
}

describe("a channel", () => {
  test("of capacity 0: a sender waits until a receiver meets it", () => {
    const h = harness();
    const channel = new Channel<string>(0);
    sends(h, channel, "a", "b");
    expect(h.frame()).toEqual([]);
    expect(channel.size).toBe(0);
    receives(h, channel);
    expect(new Set(h.frame())).toEqual(new Set(["a", "sent a"]));
    receives(h, channel);
    expect(new Set(h.frame())).toEqual(new Set(["b", "sent b"]));
  });

  test("of capacity 0: a receiver waits until a sender meets it, who does not wait then", () => {
    const h = harness();
    const channel = new Channel<string>();
    receives(h, channel);
    expect(h.frame()).toEqual([]);
    sends(h, channel, "a");
    expect(h.frame()).toEqual(["sent a", "a"]);
  });

  test("holds as many items as its capacity; then send waits", () => {
    const h = harness();
    const channel = new Channel<number>(2);
    sends(h, channel, 1, 2, 3, 4);
    expect(h.frame()).toEqual(["sent 1", "sent 2"]);
    expect(channel.size).toBe(2);
    receives(h, channel);
    expect(h.frame()).toEqual([1, "sent 3"]);
    expect(channel.size).toBe(2);
    receives(h, channel, 3);
    expect(h.frame().filter((note) => typeof note === "number")).toEqual([2, 3, 4]);
  });

  test("without a limit never makes a sender wait", () => {
    const h = harness();
    const channel = new Channel<number>(Infinity);
    sends(h, channel, ...Array.from({ length: 500 }, (_, index) => index));
    expect(h.frame()).toHaveLength(500);
    expect(channel.size).toBe(500);
  });

  test.each([0, 1, 3, Infinity])("of capacity %s is first in, first out, for many senders", (capacity) => {
    const h = harness();
    const channel = new Channel<string>(capacity);
    for (const name of ["a", "b", "c"]) sends(h, channel, `${name}1`);
    h.frame();
    for (const name of ["d", "e"]) sends(h, channel, `${name}1`);
    h.frame();
    receives(h, channel, 5);
    const items = h.frame().filter((note) => !String(note).startsWith("sent"));
    expect(items).toEqual(["a1", "b1", "c1", "d1", "e1"]);
  });

  test("serves receivers in the order in which they came", () => {
    const h = harness();
    const channel = new Channel<number>(4);
    for (const name of ["a", "b", "c"]) {
      h.loop.run(function* () {
        h.note(name, yield* channel.receive());
      });
    }
    h.frame();
    h.loop.run(function* () {
      for (let i = 0; i < 3; i++) yield* channel.send(i);
    });
    expect(h.frame()).toEqual(["a", 0, "b", 1, "c", 2]);
  });

  test("hands on undefined, null, and closed itself no less than other items", () => {
    const h = harness();
    const channel = new Channel<undefined | null | number>(4);
    h.loop.run(function* () {
      for (const item of [undefined, null, 0]) yield* channel.send(item);
      h.note(yield* channel.receive(), yield* channel.receive(), yield* channel.receive());
    });
    expect(h.frame()).toEqual([undefined, null, 0]);
  });

  test("hands over in the frame in which the item is sent", () => {
    const h = harness();
    const channel = new Channel<number>();
    h.loop.run(function* () {
      while (true) h.note(yield* channel.receive(), h.loop.frame?.index);
    });
    h.loop.run(function* () {
      while (true) yield* channel.send((yield* nextFrame("render")).index);
    });
    expect([h.frame(), h.frame()]).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  test("connects two loops", () => {
    const one = harness();
    const two = harness();
    const channel = new Channel<string>();
    sends(one, channel, "item");
    receives(two, channel);
    one.frame();
    expect(two.frame()).toEqual(["item"]);
    expect(one.frame()).toEqual(["sent item"]);
  });

  test("serves async functions", async () => {
    const h = harness();
    const channel = new Channel<string>();
    h.loop.run(async (wait) => {
      await wait(channel.send("item"));
      h.note("sent");
    });
    h.loop.run(async (wait) => {
      h.note(await wait(channel.receive()));
    });
    h.frame();
    await macrotask();
    h.noted();
    h.frame();
    await macrotask();
    expect(channel.size).toBe(0);
    expect(h.loop.tasks).toEqual([]);
  });
});

describe("a channel that is closed", () => {
  test("still gives what is queued, then closed, for good", () => {
    const h = harness();
    const channel = new Channel<string>(4);
    sends(h, channel, "a", "b");
    h.frame();
    channel.close();
    receives(h, channel, 4);
    expect(h.frame()).toEqual(["a", "b", "closed", "closed"]);
  });

  test("gives closed to all who wait, in order, inside the frame", () => {
    const h = harness();
    const channel = new Channel<string>();
    for (let i = 0; i < 3; i++) receives(h, channel);
    h.frame();
    channel.close();
    expect(h.noted()).toEqual([]);
    expect(h.frame()).toEqual(["closed", "closed", "closed"]);
  });

  test.each([0, 1])("gives waiting senders a ChannelClosedError (capacity %s)", (capacity) => {
    const h = harness();
    const channel = new Channel<string>(capacity);
    sends(h, channel, "a");
    sends(h, channel, "b");
    h.frame();
    channel.close();
    expect(h.frame()).toEqual(capacity === 0 ? ["refused a", "refused b"] : ["refused b"]);
    receives(h, channel, 2);
    expect(h.frame()).toEqual(capacity === 0 ? ["closed", "closed"] : ["a", "closed"]);
  });

  test.each([0, 4])("gives later senders a ChannelClosedError, at once (capacity %s)", (capacity) => {
    const h = harness();
    const channel = new Channel<string>(capacity);
    channel.close();
    sends(h, channel, "a", "b");
    expect(h.frame()).toEqual(["refused a", "refused b"]);
  });

  test("twice is closed once", () => {
    const h = harness();
    const channel = new Channel<string>(1);
    channel.close();
    channel.close();
    receives(h, channel);
    expect(h.frame()).toEqual(["closed"]);
  });

  test("fails a sender that does not catch it", () => {
    const h = harness();
    const channel = new Channel<string>();
    const task = h.loop.run(channel.send("item"));
    h.frame();
    channel.close();
    h.frame();
    expect(task.state).toBe("failed");
    expect(h.errors()[0]).toBeInstanceOf(ChannelClosedError);
  });

  test("is told from an item by the exported symbol", () => {
    expect(typeof closed).toBe("symbol");
  });
});

describe("a receiver that is cancelled loses no item", () => {
  const wraps: { where: string; wrap: (receive: Operation<unknown>) => Operation<unknown> }[] = [
    { where: "by itself", wrap: (receive) => receive },
    { where: "inside a race", wrap: (receive) => race([never(), receive]) },
    { where: "inside an all that has it already", wrap: (receive) => all([receive, never()]) },
    { where: "inside a timeout", wrap: (receive) => timeout(1e6, receive) },
    { where: "deep inside", wrap: (receive) => race([all([race([receive, never()])]), never()]) },
  ];

  test.each(wraps.flatMap(({ where, wrap }) => [0, 2].map((capacity) => ({ where, wrap, capacity }))))(
    "$where, while it waits (capacity $capacity)",
    ({ wrap, capacity }) => {
      const h = harness();
      const channel = new Channel<string>(capacity);
      const receiver = h.loop.run(() => wrap(channel.receive()));
      h.frame();
      receiver.cancel();
      sends(h, channel, "item");
      h.frame();
      receives(h, channel);
      expect(h.frame()).toContain("item");
    },
  );

  test.each(wraps.flatMap(({ where, wrap }) => [0, 2].map((capacity) => ({ where, wrap, capacity }))))(
    "$where, between the item's coming and its own turn (capacity $capacity)",
    ({ wrap, capacity }) => {
      const h = harness();
      const channel = new Channel<string>(capacity);
      const receiver = h.loop.run(() => wrap(channel.receive()));
      h.frame();
      h.loop.run(function* () {
        yield* channel.send("first");
        receiver.cancel();
        yield* channel.send("second");
      });
      h.frame();
      expect(receiver.state).toBe("cancelled");
      receives(h, channel, 2);
      const items = [...h.frame(), ...h.frame()];
      expect(items).toEqual(["first", "second"]);
    },
  );

  test("and the next one who waits gets it, in the same frame", () => {
    const h = harness();
    const channel = new Channel<string>(2);
    const first = receives(h, channel);
    receives(h, channel);
    h.frame();
    h.loop.run(function* () {
      yield* channel.send("item");
      first.cancel();
    });
    expect(h.frame()).toEqual(["item"]);
  });

  test("when a race of two channels is decided by the other one in the same frame", () => {
    const h = harness();
    const [one, two] = [new Channel<string>(2), new Channel<string>(2)];
    h.loop.run(function* () {
      while (true) h.note(yield* race([one.receive(), two.receive()]));
    });
    h.frame();
    h.loop.run(function* () {
      yield* one.send("one");
      yield* two.send("two");
    });
    expect(h.frame()).toEqual(["one", "two"]);
  });

  test("when a time limit is over in the frame in which the item comes", () => {
    const h = harness();
    const channel = new Channel<string>(2);
    const start = pending();
    h.loop.run(function* () {
      yield* race([sleep(10), channel.receive()]);
      h.note("decided");
      h.note(yield* channel.receive());
    });
    h.loop.run(function* () {
      yield* start.wait;
      yield* channel.send("item");
      yield* channel.send("next");
    });
    h.frame();
    start.resolve();
    const notes = h.frame();
    const rest = h.frame();
    expect(notes[0]).toBe("decided");
    expect([...notes, ...rest].slice(1)).toEqual(["next"]);
  });

  test("when an all fails that has received already", () => {
    const h = harness();
    const channel = new Channel<string>(2);
    const fails = pending();
    h.loop.run(function* () {
      try {
        yield* all([channel.receive(), fails.wait]);
      } catch {
        h.note("failed");
      }
    });
    h.frame();
    sends(h, channel, "item");
    h.frame();
    fails.reject(new Error("fault"));
    expect(h.frame()).toEqual(["failed"]);
    receives(h, channel);
    expect(h.frame()).toEqual(["item"]);
  });

  test("when the loop stops", () => {
    const h = harness();
    const channel = new Channel<string>(2);
    receives(h, channel);
    h.frame();
    h.loop.run(function* () {
      yield* channel.send("item");
      h.loop.stop();
    });
    h.frame();
    expect(channel.size).toBe(1);
    receives(h, channel);
    expect(h.frame()).toEqual(["item"]);
  });

  test.each([0, 1, 3])(
    "in any mix of senders, receivers and cancels, each item once (capacity %s)",
    (capacity) => {
      const h = harness();
      const channel = new Channel<number>(capacity);
      let seed = 11 + capacity;
      const random = (below: number) => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed % below;
      };
      const received: number[] = [];
      const sent: number[] = [];
      let items = 0;
      const tasks: Task<unknown>[] = [];
      const receiver = () =>
        h.loop.run(function* () {
          const item = yield* random(2) === 0
            ? channel.receive()
            : race([channel.receive(), sleep(random(40))]);
          if (typeof item === "number") received.push(item);
        });
      const sender = () =>
        h.loop.run(function* () {
          const item = items++;
          yield* channel.send(item);
          sent.push(item);
        });
      for (let round = 0; round < 2000; round++) {
        const starts = random(4);
        for (let i = 0; i < starts; i++) tasks.push(random(2) === 0 ? receiver() : sender());
        if (random(3) === 0) h.frame();
        if (random(3) === 0 && tasks.length > 0) tasks.splice(random(tasks.length), 1)[0]!.cancel();
        if (random(8) === 0) {
          const victim = tasks[random(Math.max(1, tasks.length))];
          h.loop.run(function* () {
            victim?.cancel();
          });
        }
      }
      h.frame();
      // Who still waits ends; what is left in the channel comes out in order.
      for (const task of tasks) task.cancel();
      const left = channel.size;
      const drained: number[] = [];
      h.loop.run(function* () {
        for (let i = 0; i < left; i++) {
          const item = yield* channel.receive();
          if (typeof item === "number") drained.push(item);
        }
      });
      h.frame();
      const all = [...received, ...drained];
      expect(new Set(all).size, "none comes twice").toBe(all.length);
      expect(
        sent.filter((item) => !all.includes(item)),
        "none that was sent is lost",
      ).toEqual([]);
      expect(drained).toEqual(drained.toSorted((a, b) => a - b));
      expect(received.length).toBeGreaterThan(300);
    },
  );
});

test.each([0, 1])(
  "an item that its receiver did not see goes to one that waits, though the channel (%d) is closed meanwhile",
  (capacity) => {
    const { loop, note, frame } = harness();
    const channel = new Channel<string>(capacity);
    function* receiver(): Operation<void> {
      note(yield* channel.receive());
    }
    const first = loop.run(receiver());
    loop.run(receiver());
    loop.run(receiver());
    frame();
    loop.run(function* () {
      yield* channel.send("item");
      channel.close();
      channel.close();
      first.cancel();
    });
    expect(frame()).toEqual(["item", closed]);
    expect(channel.size).toBe(0);
  },
);

test("closed twice, it resumes nobody twice", () => {
  const { loop, note, frame, frames } = harness();
  const channel = new Channel<string>(1);
  loop.run(function* () {
    yield* channel.receive();
    yield* nextFrame("after");
    yield* nextFrame("after");
    note("waited");
  });
  frame();
  channel.close();
  frame();
  channel.close();
  expect(frames(2)).toEqual([["waited"], []]);
});
