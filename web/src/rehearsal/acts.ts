import type { RehearsalText } from "../contract";

/** One thing that a person does with a device. */
export interface Act {
  readonly label: RehearsalText;
  readonly action: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** What is asked for first: the name of the argument that it becomes. */
  readonly asks?: { readonly argument: string; readonly kind: "resident" | "text" | "document"; readonly label: RehearsalText };
}

const place = (kind: "resident" | "document", argument: string, label: RehearsalText): Act => ({
  label: "act.place",
  action: "place",
  asks: { argument, kind, label },
});
const REMOVE: Act = { label: "act.remove", action: "remove" };

/** What can be done by role, beside the card reader and the printer, which have places of their own. */
export const ACTS: Readonly<Record<string, readonly Act[]>> = {
  "social-security-card-reader": [place("resident", "resident", "act.resident"), REMOVE],
  "travel-document-reader": [place("document", "document", "act.document"), REMOVE],
  "code-scanner": [
    { label: "act.scan", action: "scan", asks: { argument: "text", kind: "text", label: "act.code" } },
  ],
  camera: [
    { label: "act.person", action: "show", arguments: { scene: "person" } },
    { label: "act.reader", action: "show", arguments: { scene: "still" } },
    { label: "act.nobody", action: "show", arguments: { scene: "empty" } },
  ],
  "document-camera": [
    { label: "act.page", action: "place", arguments: { page: 1 } },
    { label: "act.another_page", action: "place", arguments: { page: 2 } },
    place("document", "document", "act.document"),
    REMOVE,
  ],
  "receipt-printer": [
    { label: "act.take", action: "take" },
    { label: "act.load", action: "load" },
  ],
  "stamping-machine": [
    { label: "act.feed", action: "feed" },
    { label: "act.take", action: "take" },
  ],
  "film-laminator": [
    { label: "act.feed", action: "feed" },
    { label: "act.take", action: "take" },
    { label: "act.load", action: "refill" },
  ],
  "fingerprint-reader": [
    { label: "act.press", action: "press" },
    { label: "act.lift", action: "lift" },
  ],
  "password-keypad": [
    { label: "act.press", action: "press", asks: { argument: "keys", kind: "text", label: "act.keys" } },
  ],
  ups: [
    { label: "act.unplug", action: "unplug" },
    { label: "act.plug", action: "plug" },
  ],
  speaker: [{ label: "act.forget", action: "forget" }],
};
