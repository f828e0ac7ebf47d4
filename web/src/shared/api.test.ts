import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Api, Refusal, takeToken } from "./api";

const answer = vi.fn<(path: string, init: RequestInit) => Promise<Response>>();

beforeEach(() => vi.stubGlobal("fetch", answer));
afterEach(() => {
  vi.unstubAllGlobals();
  answer.mockReset();
});

it("takes the token from the address and leaves none there", () => {
  history.replaceState(null, "", "/#t=abc%2Fdef");
  expect(takeToken()).toBe("abc/def");
  expect(location.hash).toBe("");
  expect(takeToken()).toBe("");
});

it("sends the token in a header with every request, and passes it on to other pages", async () => {
  answer.mockImplementation(() => Promise.resolve(new Response("{}")));
  const api = new Api("abc/def");
  await api.get("/a");
  await api.post("/b", { c: 1 });
  await api.postFile("/d", new Blob(["%PDF"]));
  for (const [, init] of answer.mock.calls) {
    expect(new Headers(init.headers).get("X-Yimen-Token")).toBe("abc/def");
  }
  expect(api.page("/verify")).toBe("/verify#t=abc%2Fdef");
});

it("turns a refusal into an error that names the status", async () => {
  answer.mockResolvedValue(new Response("", { status: 401 }));
  await expect(new Api("x").get("/a")).rejects.toEqual(new Refusal(401));
});

it("takes an answer without a body", async () => {
  answer.mockResolvedValue(new Response(null, { status: 204 }));
  await expect(new Api("x").post("/a", {})).resolves.toBeUndefined();
});
