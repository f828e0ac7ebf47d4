import { fill } from "../shared/texts";
import type { Json } from "./types";
import { plain } from "./values";
import type { Workbench } from "./workbench.svelte";

/** A value in words, and the word that the device's protocol has for it. */
export interface Said {
  readonly says: string;
  /** Empty where the words say it all. */
  readonly raw: string;
}

/** What a status value is called: the device's own name for it goes before the common one. */
export function fieldTitle(bench: Workbench, role: string, name: string): string {
  return bench.known(`field.${role}`, name) ?? bench.known("field", name) ?? name;
}

/** A status value as a technician reads it. */
export function valueSaid(bench: Workbench, name: string, value: Json): Said {
  if (value === null || value === "") return { says: bench.words.t("unknown"), raw: "" };
  if (typeof value === "boolean") return { says: bench.words.t(value ? "yes" : "no"), raw: "" };
  if (typeof value === "number") return { says: withUnit(bench, name, value), raw: "" };
  if (typeof value === "string") return wordSaid(bench, name, value);
  if (Array.isArray(value)) return listSaid(bench, name, value as readonly Json[]);
  return switchesSaid(bench, name, value as Readonly<Record<string, Json>>);
}

function withUnit(bench: Workbench, name: string, value: number): string {
  const unit = bench.known("field_unit", name);
  return unit ? fill(unit, { value: plain(value) }) : plain(value);
}

function wordSaid(bench: Workbench, name: string, word: string): Said {
  const says = bench.known(`value_of.${name}`, word) ?? bench.known("value", word);
  return says ? { says, raw: word } : { says: word, raw: "" };
}

function listSaid(bench: Workbench, name: string, list: readonly Json[]): Said {
  if (!list.length) return { says: bench.words.t("none"), raw: "" };
  const said = list.map((each) => itemSaid(bench, name, each));
  return {
    says: said.map(({ says }) => says).join(bench.words.t("comma")),
    raw: said.map(({ raw }) => raw).filter(Boolean).join(" "),
  };
}

/** A printer's reason is a keyword and how bad it is. */
function itemSaid(bench: Workbench, name: string, item: Json): Said {
  const { keyword, severity } = (item ?? {}) as Record<string, Json>;
  if (typeof keyword !== "string") return valueSaid(bench, name, item);
  const degree = typeof severity === "string" ? severity : "";
  const { says } = wordSaid(bench, name, keyword);
  return {
    says: degree ? bench.words.t("aside", { says, more: wordSaid(bench, name, degree).says }) : says,
    raw: [keyword, degree].filter(Boolean).join("-"),
  };
}

/** Of many switches those that are on. */
function switchesSaid(bench: Workbench, name: string, switches: Readonly<Record<string, Json>>): Said {
  const on = Object.entries(switches).filter(([, state]) => state !== false && state !== "off" && state !== null);
  if (!on.length) return { says: bench.known("value", "all_off") ?? "—", raw: "" };
  const says = on.map(([key, state]) => {
    const title = wordSaid(bench, name, key).says;
    return state === true ? title : `${title} ${valueSaid(bench, name, state).says}`;
  });
  return { says: says.join(bench.words.t("comma")), raw: "" };
}

export function driverTitle(bench: Workbench, driver: string, otherwise = driver): string {
  return bench.known("driver", driver) ?? otherwise;
}

/** What a setting is called; a driver's own words go before the common ones. */
export function settingText(bench: Workbench, driver: string, name: string): string | null {
  return bench.known(`setting.${driver}`, name) ?? bench.known("setting", name);
}

/** A camera's adjustments that are set whenever it is opened: JSON of values by name. */
export function keptSaid(bench: Workbench, json: string): string {
  const kept = Object.entries(JSON.parse(json || "{}") as Readonly<Record<string, Json>>);
  if (!kept.length) return bench.words.t("none");
  const said = kept.map(([name, value]) => {
    const words = bench.known("control", `${name}.${value}`) ?? plain(value);
    return `${bench.known("control", name) ?? name} ${words}`;
  });
  return said.join(bench.words.t("comma"));
}

/** Where a change was made: `id-card-reader.settings.baud`. */
export function placeTitle(bench: Workbench, place: string): string {
  const [role = "", part = "", ...rest] = place.split(".");
  const title = bench.titleOf(role);
  if (part === "driver") return `${title} · ${bench.words.t("settings.driver")}`;
  if (part === "uri") return `${title} · ${bench.words.t("settings.address")}`;
  if (part !== "settings") return place;
  const name = rest.join(".");
  return `${title} · ${settingText(bench, driverOf(bench, role), name) ?? name}`;
}

/** A setting's value before or after a change. */
export function changeSaid(bench: Workbench, place: string, value: Json): string {
  if (value === null) return bench.words.t("settings.absent");
  if (place.endsWith(".driver")) return driverTitle(bench, String(value));
  if (value === "true" || value === true) return bench.words.t("yes");
  if (value === "false" || value === false) return bench.words.t("no");
  if (place.endsWith(".settings.controls")) return keptSaid(bench, String(value));
  const [role = "", , name = ""] = place.split(".");
  return settingText(bench, driverOf(bench, role), `${name}.${value}`) ?? plain(value);
}

/** What runs a role; what is bound and no device (`interop`) goes by its own name. */
function driverOf(bench: Workbench, role: string): string {
  return bench.device(role)?.driver ?? role;
}

/** What an error's code says: codes end in what is wrong, `camera-absent`. */
export function errorSaid(bench: Workbench, code: string): string {
  const words = code.split("-");
  for (let first = 0; first < words.length; first += 1) {
    const says = bench.known("error", words.slice(first).join("-"));
    if (says) return says;
  }
  return "";
}

/** What is to be done about something found: the service says it in English, which is the words' key. */
export function actionSaid(bench: Workbench, action: string): string {
  return bench.known("found_do", keyOf(action)) ?? action;
}

/** What something found is, in words where it is no name of its own. */
export function kindSaid(bench: Workbench, says: string): string {
  return bench.known("found_is", keyOf(says)) ?? says;
}

/** Who made a version: an account by its name, the terminal itself and its console in words. */
export function authorSaid(bench: Workbench, author: string): string {
  return bench.known("author", author) ?? author;
}

/** A device's stable name without the folder that all such names lie in, or with the last one of many. */
export function shortId(id: string): string {
  const named = id.replace(/^\/dev\/\w+\/by-(id|path)\//, "");
  return named.replace(/^(?:unix:)?\/+(?:[^/]+\/){3,}(?=[^/]+\/[^/]+$)/, "…/");
}

/** What happened, by the words that the service has for it in its log. */
export function eventSaid(bench: Workbench, event: string): string {
  return bench.known("log_event", keyOf(event)) ?? event;
}

/** A text's key that is made of the service's own English words. */
function keyOf(words: string): string {
  return words.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}
