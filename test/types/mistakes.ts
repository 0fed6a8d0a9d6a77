// What must not compile. Nothing here runs; a line that compiles after all is an error of its own.
import {
  action,
  all,
  AsyncEvent,
  Channel,
  Loop,
  nextFrame,
  on,
  once,
  race,
  sleep,
  spawn,
  timeout,
  until,
  type Driver,
  type Operation,
  type Task,
} from "awaitframe";

declare const loop: Loop;
declare const number: Operation<number>;
declare const task: Task<number>;
declare const target: EventTarget;
const promise = Promise.resolve(5);

// A star that was forgotten.
// @ts-expect-error -- yield of an action
loop.run(function* () {
  yield nextFrame();
});
// @ts-expect-error -- yield of a generator
loop.run(function* () {
  yield inner();
});
// @ts-expect-error -- yield of a task
loop.run(function* () {
  yield task;
});
function* inner(): Operation<number> {
  // @ts-expect-error -- yield in a generator that is an operation by annotation
  yield sleep(5);
  return 5;
}
function* unannotated() {
  yield sleep(5);
}
// @ts-expect-error -- yield in a generator whose type was inferred
loop.run(unannotated);
// @ts-expect-error -- the same, called
loop.run(unannotated());
// @ts-expect-error -- the same, started as a child
spawn(unannotated());
// @ts-expect-error -- the same, in a combinator
all([unannotated()]);
// @ts-expect-error -- the same, delegated to
loop.run(function* () {
  yield* unannotated();
});
export function* delegates(): Operation<void> {
  // @ts-expect-error -- the same, in a generator that is an operation by annotation
  yield* unannotated();
}

// A yield of something that is no operation.
// @ts-expect-error -- yield of a promise
loop.run(function* () {
  yield promise;
});
// @ts-expect-error -- yield of a number
loop.run(function* () {
  yield 5;
});
// @ts-expect-error -- yield of nothing
loop.run(function* () {
  yield;
});
loop.run(function* () {
  // @ts-expect-error -- yield* of a promise
  yield* promise;
});
// @ts-expect-error -- yield* of an array
loop.run(function* () {
  yield* [sleep(5)];
});
loop.run(function* () {
  // @ts-expect-error -- yield* of a function that was not called
  yield* nextFrame;
});
loop.run(function* () {
  // @ts-expect-error -- a result that was not waited for
  const time: number = nextFrame().time;
  return time;
});

// Wrong arguments.
// @ts-expect-error -- no such phase
nextFrame("draw");
// @ts-expect-error -- a string for a time
sleep("5");
// @ts-expect-error -- no time
sleep();
// @ts-expect-error -- a value for a promise
until(5);
// @ts-expect-error -- an operation for a promise
until(sleep(5));
// @ts-expect-error -- a function that returns no promise
until(() => 5);
// @ts-expect-error -- no function
action(5);
// @ts-expect-error -- a cleanup that is none
action(() => 5);
// @ts-expect-error -- a result of another type
action<number>((resolve) => resolve("5"));
// @ts-expect-error -- exchanged
timeout(number, 5);
// @ts-expect-error -- no operation
timeout(5);
// @ts-expect-error -- not in an array
race(number, number);
// @ts-expect-error -- not in an array
all(number);
// @ts-expect-error -- a promise among operations
race([number, promise]);
// @ts-expect-error -- a promise to run
loop.run(promise);
// @ts-expect-error -- a function that returns no operation
loop.run(() => 5);
// @ts-expect-error -- nothing to run
loop.run();
// @ts-expect-error -- a name that is none
loop.run(number, { name: 5 });
// @ts-expect-error -- an option that does not exist
loop.run(number, { title: "name" });
// @ts-expect-error -- no operation to start
spawn(5);
// @ts-expect-error -- no target
once({}, "click");
// @ts-expect-error -- no type
once(target);
// @ts-expect-error -- no such overflow
on(target, "click", { overflow: "drop" });
// @ts-expect-error -- an item of another type
new Channel<string>(5).send(5);
// @ts-expect-error -- a capacity that is none
new Channel<string>("5");
// @ts-expect-error -- an event needs no value
new AsyncEvent().set(5);
// @ts-expect-error -- a rate that is none
new Loop({ maxFps: "60" });
// @ts-expect-error -- a driver that is none
new Loop({ driver: {} });
// @ts-expect-error -- a driver that lacks something
export const driver: Driver = { attach: () => {}, detach: () => {}, now: () => 0 };
// @ts-expect-error -- a state can't be set
task.state = "done";
// @ts-expect-error -- no such state
export const over: boolean = task.state === "over";
// @ts-expect-error -- an async function waits by `wait`
loop.run(async () => await nextFrame().time);
loop.run(async (wait) => {
  // @ts-expect-error -- a promise needs no wait
  await wait(promise);
  // @ts-expect-error -- not a number
  const text: string = await wait(number);
  return text;
});
// @ts-expect-error -- a result of another type
export const wrong: Task<string> = loop.run(number);
export function* result(): Operation<string> {
  // @ts-expect-error -- not a string
  return yield* number;
}
// @ts-expect-error -- an operation can't be made of a plain array
export const plain: Operation<number> = [5];
// @ts-expect-error -- nor of an iterator that yields something
export const yielding: Operation<number> = new Map<string, number>().entries();
