/**
 * Stops what runs, step after step; the parts of a step beside each other. Each is stopped, also when another one fails.
 * @throws the first failure, when all are done
 */
export async function stopAll(...steps: readonly (readonly (() => unknown)[])[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps)
    for (const outcome of await Promise.allSettled(step.map(async (stop) => stop())))
      if (outcome.status === 'rejected') failures.push(outcome.reason);
  if (failures.length > 0) throw failures[0];
}
