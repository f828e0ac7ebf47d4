import type { Text } from "../contract";

/** What the service tells of the virtual hardware (`kiosk_app/api/virtual.py`). */
export interface Resident {
  readonly number: number;
  readonly slug: string;
  readonly name: string;
  readonly id_number_masked: string;
  readonly kind: CardKind;
  readonly note: Text;
}

export type CardKind =
  | "resident"
  | "hk-macao-taiwan-residence"
  | "foreign-permanent-2017"
  | "foreign-permanent-2023";

export interface FaultSwitch {
  readonly name: string;
  readonly device: Device;
  readonly title: Text;
}

export type Device = "id-card-reader" | "document-printer" | "register" | "database" | "page";

export interface RehearsalInfo {
  readonly texts: Readonly<Record<string, Text>>;
  readonly residents: readonly Resident[];
  readonly faults: readonly FaultSwitch[];
}

export type Light = "off" | "idle" | "found" | "reading" | "ok" | "error";

export interface ReaderState {
  readonly light: Light;
  readonly card: number | null;
  readonly faults: readonly string[];
}

export interface Sheet {
  readonly id: string;
  readonly pages: number;
  readonly blank: boolean;
}

export interface PrinterState {
  readonly plugged: boolean;
  readonly reasons: readonly string[];
  readonly counter: number;
  readonly tray: readonly Sheet[];
  readonly taken: readonly Sheet[];
  readonly faults: readonly string[];
}

export interface RoomState {
  readonly devices: {
    readonly "id-card-reader"?: ReaderState;
    readonly "document-printer"?: PrinterState;
  };
  readonly register: { readonly faults: readonly string[] };
  readonly database?: { readonly faults: readonly string[] };
}
