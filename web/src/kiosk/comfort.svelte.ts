import type { Frame } from "../contract";
import type { Language } from "../shared/texts";
import type { Reply } from "./session.svelte";

const CLASSES = ["elder", "reach", "contrast"] as const;

/** How this citizen likes the screen. Back to the default with each journey. */
export class ComfortSettings {
  language = $state<Language>("zh");
  elder = $state(false);
  reach = $state(false);
  contrast = $state(false);
  /** Every screen is read aloud, by the terminal itself. */
  aloud = $state(false);

  /** What the terminal itself must know: how long to wait, and what to say in which language. */
  get told(): Reply {
    return { action: "comfort", elder: this.elder, language: this.language, aloud: this.aloud };
  }

  /** Whether the terminal knows already, as its frame says. */
  isKnownBy(frame: Frame): boolean {
    return frame.elder === this.elder && frame.language === this.language && frame.aloud === this.aloud;
  }

  reset(): void {
    this.language = "zh";
    this.aloud = false;
    for (const name of CLASSES) this[name] = false;
  }

  /** Shows the settings on the page's root. */
  apply(root: HTMLElement): void {
    for (const name of CLASSES) root.classList.toggle(name, this[name]);
    root.lang = this.language === "zh" ? "zh-CN" : "en";
  }
}
