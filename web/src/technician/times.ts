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

/** A moment as it is written on a desk: the day only when it is not today. */
export function moment(iso: string, now: string): string {
  const [at, today] = [new Date(iso), new Date(now)];
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (at.toDateString() === today.toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** Seconds that a log line needs: to the millisecond. */
export function clock(iso: string): string {
  const at = new Date(iso);
  const thousandths = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${thousandths}`;
}

const two = (number: number) => String(number).padStart(2, "0");
