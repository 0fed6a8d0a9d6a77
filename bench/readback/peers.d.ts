// The peers are installed by the benchmark itself, in its own folder: the project's type check does without them.
declare module "@luma.gl/core";
declare module "@luma.gl/webgpu";
declare module "typegpu";
