export const EVERY = 3_000;
const PATIENCE = 5_000;

/**
 * Sends a sign of life only as long as the page draws: each one waits for the rendering loop.
 * `lost` is called when the service does not take it. Returns the end of it.
 */
export function beat(send: (signal: AbortSignal) => Promise<unknown>, lost: () => void): () => void {
  let underWay = false;
  const timer = setInterval(() => {
    if (underWay) return;
    underWay = true;
    requestAnimationFrame(() => {
      send(AbortSignal.timeout(PATIENCE))
        .catch(lost)
        .finally(() => (underWay = false));
    });
  }, EVERY);
  return () => clearInterval(timer);
}
