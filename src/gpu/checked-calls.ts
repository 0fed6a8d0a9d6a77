/**
 * Makes calls that take memory, and tells of the first error that the device finds in them: so it is nobody's uncaptured
 * error.
 *
 * @internal
 */
export function checkedCalls<T>(
  device: GPUDevice,
  calls: () => T,
): { made: T; checked: Promise<Error | null> } {
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  let invalid: Promise<GPUError | null>;
  let full: Promise<GPUError | null>;
  let made: T;
  try {
    made = calls();
  } finally {
    invalid = device.popErrorScope();
    full = device.popErrorScope();
    // If the calls have thrown, nobody waits for them.
    for (const scope of [invalid, full]) scope.catch(ignore);
  }
  const checked = Promise.all([full, invalid]).then(([full, invalid]) => {
    const error = full ?? invalid;
    return error && new Error(error.message);
  });
  checked.catch(ignore);
  return { made, checked };
}

/** Of a lost device there is no answer; its loss is told otherwise. @internal */
export function ignore(): void {}
