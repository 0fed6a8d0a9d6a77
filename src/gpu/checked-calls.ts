/**
 * Makes calls that take memory, and tells of the first error that the device finds in them: so it is nobody's uncaptured
 * error. Of a lost device there is no answer; its loss is told otherwise.
 *
 * @internal
 */
export function checkedCalls<T>(
  device: GPUDevice,
  calls: () => T,
): [made: T, checked: Promise<Error | null>] {
  let made: T;
  let scopes: Promise<(GPUError | null)[]>;
  device.pushErrorScope("out-of-memory");
  device.pushErrorScope("validation");
  try {
    made = calls();
  } finally {
    scopes = Promise.all([device.popErrorScope(), device.popErrorScope()]);
  }
  const checked = scopes.then(
    ([invalid, full]) => {
      const error = full ?? invalid;
      return error ? new Error(error.message) : null;
    },
    () => null,
  );
  return [made, checked];
}
