// The peers are installed by the benchmark itself, in its own folder: the project's type check does without them.
declare module "@babylonjs/core/*";
declare module "effect";
declare module "effection";
declare module "motion-dom";
declare module "redux-saga";
declare module "redux-saga/effects";
