import type { Text } from "../contract";

export type Verdict = "valid" | "void" | "altered" | "unknown";

/** What the service says of a paper (`kiosk_app/api/verify.py`). Nothing in it is personal. */
export interface Answer {
  readonly verdict: Verdict;
  readonly serial: string | null;
  readonly copy: number | null;
  readonly document: Text | null;
  readonly issued_on: string | null;
  readonly reason: Text;
  readonly development_key: boolean;
}

export interface VerifyPageInfo {
  readonly texts: Readonly<Record<string, Text>>;
}
