/**
 * Puts a function around a method, until the returned function is called. Who has put another one around it since keeps
 * it: then ours stays too, and does no harm.
 */
export function around<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  wrap: (method: Target[Name]) => Target[Name],
): () => void {
  const method = target[name];
  const wrapped = wrap(method);
  target[name] = wrapped;
  return () => {
    if (target[name] === wrapped) target[name] = method;
  };
}
