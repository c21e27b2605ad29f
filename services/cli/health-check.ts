/** What a container engine asks: exit code 0 when the service of this container is ready, 1 when it is not. */

/** Shorter than the time that the engine waits for this program. */
const TIMEOUT_MS = 3_000;

const url = `http://127.0.0.1:${process.env.PORT ?? '8080'}/health/ready`;
const ready = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
  (response) => response.ok,
  () => false,
);
process.exitCode = ready ? 0 : 1;
