import { createContext } from "svelte";
import type { PageText } from "../contract";
import type { Words } from "../shared/texts";
import type { ComfortSettings } from "./comfort.svelte";
import type { Session } from "./session.svelte";

/** What every part of the kiosk page may use. */
export interface Kiosk {
  session: Session;
  comfort: ComfortSettings;
  words: Words<PageText>;
}

export const [useKiosk, provideKiosk] = createContext<Kiosk>();
