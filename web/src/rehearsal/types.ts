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

/** A role, or a part of the world around the devices. */
export type Device = string;

export interface RehearsalInfo {
  readonly texts: Readonly<Record<string, Text>>;
  readonly residents: readonly Resident[];
  readonly faults: readonly FaultSwitch[];
}

export type Light = "off" | "idle" | "found" | "reading" | "ok" | "error";

export interface ReaderState extends DeviceState {
  readonly light: Light;
  readonly card: number | null;
  readonly faults: readonly string[];
}

export interface Sheet {
  readonly id: string;
  readonly pages: number;
  readonly blank: boolean;
}

export interface PrinterState extends DeviceState {
  readonly plugged: boolean;
  readonly reasons: readonly string[];
  readonly counter: number;
  readonly tray: readonly Sheet[];
  readonly taken: readonly Sheet[];
  readonly faults: readonly string[];
}

/** What a person sees of any device; which values there are is for its own far end to say. */
export interface DeviceState {
  readonly light?: string;
  readonly faults?: readonly string[];
  readonly [name: string]: unknown;
}

export interface RoomState {
  readonly devices: Readonly<Record<string, DeviceState | undefined>> & {
    readonly "id-card-reader"?: ReaderState;
    readonly "document-printer"?: PrinterState;
  };
  readonly register: { readonly faults: readonly string[] };
  readonly database?: { readonly faults: readonly string[] };
}
