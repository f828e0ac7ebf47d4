const BASE = "/api/technician/";

/** The service answered, but not with success. `body` is what it said, where it was JSON. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly body: Readonly<Record<string, unknown>>,
  ) {
    super(`the service answered ${status}`);
  }
}

/** The technician's part of the service. Rejects with `Refused`, or `TypeError` without an answer. */
export class Client {
  /** What a login gave. */
  session = "";

  get<T>(path: string): Promise<T> {
    return this.value<T>(path, {});
  }

  post<T>(path: string, value: unknown = {}): Promise<T> {
    return this.value<T>(path, this.written("POST", value));
  }

  put<T>(path: string, value: unknown): Promise<T> {
    return this.value<T>(path, this.written("PUT", value));
  }

  remove<T>(path: string, value: unknown): Promise<T> {
    return this.value<T>(path, this.written("DELETE", value));
  }

  /** A picture or a document that the service named by its whole path. */
  async made(address: string): Promise<Blob> {
    return (await this.send(address, {})).blob();
  }

  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.open(path, signal);
    if (!body) throw new TypeError("an answer without a body");
    return body;
  }

  open(path: string, signal: AbortSignal): Promise<Response> {
    return this.send(BASE + path, { signal });
  }

  private written(method: string, value: unknown): RequestInit {
    return { method, body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
  }

  private async value<T>(path: string, init: RequestInit): Promise<T> {
    const response = await this.send(BASE + path, init);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  private async send(address: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.session) headers.set("X-Yimen-Session", this.session);
    const response = await fetch(address, { ...init, headers, cache: "no-store" });
    if (!response.ok) throw new Refused(response.status, await saidBy(response));
    return response;
  }
}

async function saidBy(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const said: unknown = await response.json().catch(() => null);
  return typeof said === "object" && said !== null ? (said as Record<string, unknown>) : {};
}
