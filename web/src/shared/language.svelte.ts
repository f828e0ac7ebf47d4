import type { Language } from "./texts";

/** The language of a page for a desk: the browser's own, until somebody switches. */
export class DeskLanguage {
  now = $state<Language>(navigator.language.startsWith("zh") ? "zh" : "en");

  toggle = (): void => {
    this.now = this.now === "zh" ? "en" : "zh";
  };

  apply(root: HTMLElement): void {
    root.lang = this.now === "zh" ? "zh-CN" : "en";
  }
}
