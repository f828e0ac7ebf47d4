import type { TechnicianText } from "../contract";
import type { Words } from "../shared/texts";

type Say = Words<TechnicianText>;

/** How long ago, in the largest unit that says it. */
export function ago({ t }: Say, seconds: number): string {
  if (seconds < 1.5) return t("just_now");
  if (seconds < 90) return t("seconds_ago", { count: Math.round(seconds) });
  if (seconds < 5_400) return t("minutes_ago", { count: Math.round(seconds / 60) });
  if (seconds < 129_600) return t("hours_ago", { count: Math.round(seconds / 3_600) });
  return t("days_ago", { count: Math.round(seconds / 86_400) });
}

/** The terminals' own time of day, wherever the laptop's clock stands. */
const WRITTEN = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "medium",
});

const parts = (iso: string): string[] => WRITTEN.format(new Date(iso)).split(" ");

/** A moment as it is written on a desk: the day only when it is not today. */
export function moment(iso: string, now: string): string {
  const [day = "", time = ""] = parts(iso);
  const minutes = time.slice(0, 5);
  return day === parts(now)[0] ? minutes : `${day} ${minutes}`;
}

/** Time of day to the millisecond, for a line of the log. */
export function clock(iso: string): string {
  const thousandths = String(new Date(iso).getMilliseconds()).padStart(3, "0");
  return `${parts(iso)[1] ?? ""}.${thousandths}`;
}
