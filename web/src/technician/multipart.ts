/** The parts of a body of `multipart/x-mixed-replace` (RFC 2046, 5.1), each whole. */
export async function* readParts(
  body: ReadableStream<Uint8Array>,
  boundary: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const mark = new TextEncoder().encode(`--${boundary}`);
  let held = new Uint8Array(0);
  try {
    for (;;) {
      for (;;) {
        const part = firstPart(held, mark);
        if (!part) break;
        held = part.rest;
        if (part.content) yield part.content;
      }
      if (held.length > MOST_HELD) return;
      const { done, value } = await reader.read();
      if (done) return;
      held = joined(held, value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

/** No picture of a camera is larger. */
const MOST_HELD = 32 * 1024 * 1024;
const LINE_END = new Uint8Array([13, 10, 13, 10]);

interface Part {
  content: Uint8Array<ArrayBuffer> | null;
  rest: Uint8Array<ArrayBuffer>;
}

/** The first whole part, if there is one: by its length where it tells it, else up to the next. */
function firstPart(held: Uint8Array<ArrayBuffer>, mark: Uint8Array): Part | null {
  const start = indexOf(held, mark, 0);
  if (start < 0) return null;
  const headersEnd = indexOf(held, LINE_END, start);
  if (headersEnd < 0) return null;
  const headers = new TextDecoder().decode(held.subarray(start, headersEnd));
  const from = headersEnd + LINE_END.length;
  const told = /^content-length:\s*(\d+)\s*$/im.exec(headers)?.[1];
  const to = told === undefined ? indexOf(held, mark, from) - 2 : from + Number(told);
  if (to < from || to > held.length) return null;
  const content = /^content-type:\s*image\/jpeg\b/im.test(headers) ? held.slice(from, to) : null;
  return { content, rest: held.slice(to) };
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const [first] = wanted;
  for (let at = bytes.indexOf(first ?? 0, from); at >= 0; at = bytes.indexOf(first ?? 0, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** The boundary that a content type names; null when it names none. */
export function boundaryOf(contentType: string | null): string | null {
  const found = /boundary="?([^";]+)"?/i.exec(contentType ?? "")?.[1];
  return found ? found.replace(/^--/, "") : null;
}
