import { all, nextFrame, once, race, sleep, type OnceOptions } from "awaitframe";
import { describe, expect, test, vi } from "vitest";
import { CountedTarget } from "../support/counted-target.ts";
import { harness } from "../support/harness.ts";

const fault = new Error("fault");

/** A task that waits for a click, and notes what it comes to. */
function waiting(options?: OnceOptions<Event>) {
  const h = harness();
  const target = new CountedTarget();
  const task = h.loop.run(function* () {
    try {
      h.note(yield* once(target, "click", options));
    } catch (error) {
      h.note("error", error);
    }
  });
  return { ...h, target, task };
}

describe("once", () => {
  test("gives the event, inside the frame, and listens only while it waits", () => {
    const { target, frame, noted } = waiting();
    expect(target.listeners).toBe(0);
    frame();
    expect(target.listeners).toBe(1);
    const event = target.fire("click");
    expect(target.listeners).toBe(0);
    expect(noted()).toEqual([]);
    expect(frame()).toEqual([event]);
  });

  test("is not deaf to none but its own type", () => {
    const { target, frame } = waiting();
    frame();
    target.fire("keydown");
    expect(frame()).toEqual([]);
    expect(target.listeners).toBe(1);
  });

  test("gives the first of two events", () => {
    const { target, frame } = waiting();
    frame();
    const first = target.fire("click");
    target.fire("click");
    expect(frame()).toEqual([first]);
  });

  test("resumes in the same frame where the event is dispatched in one", () => {
    const { loop, target, frame } = waiting();
    loop.run(function* () {
      yield* nextFrame("render");
      target.fire("click");
    });
    expect(frame()).toHaveLength(1);
  });

  test("misses what happens while nobody waits", () => {
    const { loop, note, frame } = harness();
    const target = new CountedTarget();
    loop.run(function* () {
      yield* once(target, "click");
      note("first");
      yield* sleep(100);
      yield* once(target, "click");
      note("second");
    });
    frame(0);
    target.fire("click");
    expect(frame(10)).toEqual(["first"]);
    target.fire("click");
    expect(frame(150)).toEqual([]);
    target.fire("click");
    expect(frame(160)).toEqual(["second"]);
  });

  test("takes any object that can be listened to", () => {
    const { loop, note, frame } = harness();
    const listeners: ((event: Event) => void)[] = [];
    const device = {
      addEventListener: (_: string, listener: (event: Event) => void) => listeners.push(listener),
      removeEventListener: () => listeners.pop(),
      dispatchEvent: () => true,
    } as unknown as EventTarget;
    loop.run(function* () {
      note((yield* once(device, "uncapturederror")).type);
    });
    frame();
    listeners[0]!(new Event("uncapturederror"));
    expect(listeners).toEqual([]);
    expect(frame()).toEqual(["uncapturederror"]);
  });

  test("throws where the target refuses to be listened to", () => {
    const { loop, note, frame } = harness();
    const target = new EventTarget();
    target.addEventListener = () => {
      throw fault;
    };
    loop.run(function* () {
      try {
        yield* once(target, "click");
      } catch (error) {
        note(error);
      }
    });
    expect(frame()).toEqual([fault]);
  });
});

describe("the listener is gone", () => {
  test.each<{ when: string; end: (scene: ReturnType<typeof waiting>) => void }>([
    { when: "the event has come", end: ({ target }) => target.fire("click") },
    { when: "the task is cancelled", end: ({ task }) => task.cancel() },
    { when: "the loop has stopped", end: ({ loop }) => loop.stop() },
  ])("when $when", ({ end }) => {
    const scene = waiting();
    scene.frame();
    end(scene);
    expect(scene.target.listeners).toBe(0);
  });

  test("when it has lost a race", () => {
    const { loop, frame } = harness();
    const target = new CountedTarget();
    loop.run(function* () {
      yield* race([once(target, "click"), sleep(5), all([once(target, "key")])]);
    });
    frame();
    expect(target.listeners).toBe(2);
    frame();
    expect(target.listeners).toBe(0);
  });

  test("when its filter has thrown, and the coroutine has the error", () => {
    const { target, frame } = waiting({
      filter: () => {
        throw fault;
      },
    });
    frame();
    target.fire("click");
    expect(target.listeners).toBe(0);
    expect(frame()).toEqual(["error", fault]);
  });
});

describe("once with prevent", () => {
  test("calls preventDefault in the listener itself", () => {
    const { target, frame } = waiting({ prevent: true });
    frame();
    expect(target.fire("click").defaultPrevented).toBe(true);
    expect(target.fire("click").defaultPrevented).toBe(false);
  });

  test.each([{ prevent: false }, {}, undefined])("does not where it is not set: %o", (options) => {
    const { target, frame } = waiting(options);
    frame();
    expect(target.fire("click").defaultPrevented).toBe(false);
  });

  test("does so only for events that pass the filter", () => {
    let wanted = false;
    const { target, frame } = waiting({ prevent: true, filter: () => wanted });
    frame();
    expect(target.fire("click").defaultPrevented).toBe(false);
    wanted = true;
    expect(target.fire("click").defaultPrevented).toBe(true);
  });

  test("listens in a way in which it can: not passively", () => {
    const { loop, frame } = harness();
    const target = new EventTarget();
    const added = vi.spyOn(target, "addEventListener");
    loop.run(once(target, "wheel", { prevent: true }));
    frame();
    const [, , options] = added.mock.calls[0]!;
    expect((options as AddEventListenerOptions).passive).toBe(false);
  });
});

describe("once with a filter", () => {
  test("waits for an event for which it is true", () => {
    const seen: Event[] = [];
    const { target, frame } = waiting({
      filter: (event) => {
        seen.push(event);
        return seen.length === 3;
      },
    });
    frame();
    const events = [target.fire("click"), target.fire("click"), target.fire("click")];
    expect(seen).toEqual(events);
    expect(frame()).toEqual([events[2]]);
  });
});

describe("once with a signal", () => {
  test("throws its reason when it aborts, and listens no more, to either", () => {
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const { target, frame } = waiting({ signal: controller.signal });
    frame();
    controller.abort(fault);
    expect(target.listeners).toBe(0);
    expect(removed).toHaveBeenCalledTimes(1);
    expect(frame()).toEqual(["error", fault]);
  });

  test("throws at once where it has aborted already, and never listens", () => {
    const { target, frame } = waiting({ signal: AbortSignal.abort(fault) });
    const added = vi.spyOn(target, "addEventListener");
    expect(frame()).toEqual(["error", fault]);
    expect(added).not.toHaveBeenCalled();
  });

  test("throws the signal's own reason where none was given", () => {
    const controller = new AbortController();
    const { frame } = waiting({ signal: controller.signal });
    frame();
    controller.abort();
    const [, error] = frame();
    expect(error).toBe(controller.signal.reason);
  });

  test("leaves the signal alone after the event", () => {
    const controller = new AbortController();
    const added = vi.spyOn(controller.signal, "addEventListener");
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const { target, frame } = waiting({ signal: controller.signal });
    frame();
    const event = target.fire("click");
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
    controller.abort(fault);
    expect(frame()).toEqual([event]);
  });

  test("of two that come in one go, the first counts", () => {
    const controller = new AbortController();
    const { target, frame } = waiting({ signal: controller.signal });
    frame();
    controller.abort(fault);
    target.fire("click");
    expect(frame()).toEqual(["error", fault]);
  });
});
