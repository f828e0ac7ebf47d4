/** The service answered, but not with success. */
export class Refusal extends Error {
  constructor(readonly status: number) {
    super(`the service answered ${status}`);
  }
}

/**
 * The per-launch token from the address (`#t=TOKEN`). It is kept in memory only and leaves the
 * address bar at once.
 */
export function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("t") ?? "";
  if (location.hash) history.replaceState(null, "", location.pathname);
  return token;
}

/** The local service, over HTTP. Rejects with `Refusal`, or `TypeError` when there is no answer. */
export class Api {
  constructor(private readonly token: string) {}

  async get<T>(path: string): Promise<T> {
    return (await this.send(path)).json() as Promise<T>;
  }

  async post<T>(path: string, value: unknown, signal: AbortSignal | null = null): Promise<T> {
    const response = await this.send(path, {
      method: "POST",
      body: JSON.stringify(value),
      headers: { "Content-Type": "application/json" },
      signal,
    });
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  async postFile<T>(path: string, file: Blob): Promise<T> {
    const headers = { "Content-Type": "application/pdf" };
    return (await this.send(path, { method: "POST", body: file, headers })).json() as Promise<T>;
  }

  async blob(path: string): Promise<Blob> {
    return (await this.send(path)).blob();
  }

  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = { Accept: "text/event-stream" };
    const { body } = await this.send(path, { headers, signal });
    if (!body) throw new TypeError("an answer without a body");
    return body;
  }

  /** Another page of the service, with the token passed on in the fragment. */
  page(path: string): string {
    return `${path}#t=${encodeURIComponent(this.token)}`;
  }

  private async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("X-Yimen-Token", this.token);
    const response = await fetch(path, { ...init, headers, cache: "no-store" });
    if (!response.ok) throw new Refusal(response.status);
    return response;
  }
}
