import type { Language } from "../shared/texts";

const CLASSES = ["elder", "reach", "contrast"] as const;

/** How this citizen likes the screen. Back to the default with each journey. */
export class ComfortSettings {
  language = $state<Language>("zh");
  elder = $state(false);
  reach = $state(false);
  contrast = $state(false);

  reset(): void {
    this.language = "zh";
    for (const name of CLASSES) this[name] = false;
  }

  /** Shows the settings on the page's root. */
  apply(root: HTMLElement): void {
    for (const name of CLASSES) root.classList.toggle(name, this[name]);
    root.lang = this.language === "zh" ? "zh-CN" : "en";
  }
}
